package org.simtool.servicemenu;

import javacard.framework.Util;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ToolkitConstants;

/** The commands that leave the card: a code, a message, a call, a page. What the user typed stands where the first "?" is. */
final class Outgoing {
    /** Where in the work space the typed digits lie, and how many there may be. */
    static final short TYPED = 224;
    static final short TYPED_MOST = 30;

    private static final byte COMPREHENSION = (byte) 0x80;
    private static final byte PLACEHOLDER = (byte) '?';
    private static final byte CARRIAGE_RETURN = 0x0D;
    private static final byte PACKED = 0x0F;
    private static final short SEPTETS_IN_SEVEN_BYTES = 8;
    /** First byte of a message, its reference, length of the number; then coding, protocol, length of the text. */
    private static final short MESSAGE_HEAD = 3;
    private static final short MESSAGE_MIDDLE = 3;
    private static final byte SUBMIT = 0x01;

    private final byte[] work;

    Outgoing(byte[] work) {
        this.work = work;
    }

    /** Makes the command of an item; whether it is a message. */
    boolean prepare(
            ProactiveHandler command, Reader reader, short start, short limit, short language, short typed) {
        if (reader.find(Tags.BROWSER, start, limit)) {
            command.init(ToolkitConstants.PRO_CMD_LAUNCH_BROWSER, (byte) 0, ToolkitConstants.DEV_ID_TERMINAL);
            reader.append(command, ToolkitConstants.TAG_URL);
            return false;
        }
        boolean message = reader.find(Tags.SMS, start, limit);
        byte type = uicc.usim.toolkit.ToolkitConstants.PRO_CMD_SEND_SHORT_MESSAGE;
        if (!message) {
            type = reader.find(Tags.CALL, start, limit)
                ? ToolkitConstants.PRO_CMD_SET_UP_CALL : uicc.usim.toolkit.ToolkitConstants.PRO_CMD_SEND_USSD;
        }
        // The item's text is shown meanwhile.
        command.init(type, (byte) 0, ToolkitConstants.DEV_ID_NETWORK);
        reader.findText(Tags.TEXT, language, start, limit);
        reader.append(command, ToolkitConstants.TAG_ALPHA_IDENTIFIER);
        if (reader.find(Tags.CALL, start, limit)) {
            reader.append(command, ToolkitConstants.TAG_ADDRESS);
        } else if (reader.find(Tags.USSD, start, limit)) {
            append(command, uicc.usim.toolkit.ToolkitConstants.TAG_USSD_STRING, code(reader, typed));
        } else {
            reader.find(Tags.SMS, start, limit);
            append(
                command, uicc.usim.toolkit.ToolkitConstants.TAG_SMS_TPDU,
                message(reader, reader.value(), reader.end(), typed));
        }
        return message;
    }

    private void append(ProactiveHandler command, byte tag, short length) {
        command.appendTLV((byte) (tag | COMPREHENSION), work, (short) 0, length);
    }

    /** A code in the work space: its coding, then packed; the length. Seven bits that are left over get a CR. */
    private short code(Reader reader, short typed) {
        work[0] = PACKED;
        short count = fill(reader, (short) 1, typed);
        if ((short) (count % SEPTETS_IN_SEVEN_BYTES) == (short) (SEPTETS_IN_SEVEN_BYTES - 1)) {
            work[(short) (1 + count)] = CARRIAGE_RETURN;
            count++;
        }
        return (short) (1 + pack((short) 1, count));
    }

    /** An SMS-SUBMIT in the work space (TS 23.040 §9.2.2.2), without a validity period; the length. */
    private short message(Reader reader, short start, short limit, short typed) {
        reader.find(Tags.SMS_TO, start, limit);
        short length = reader.length();
        short digits = (short) ((short) (length - 1) * 2);
        if ((byte) (reader.bytes[(short) (reader.end() - 1)] & 0xF0) == (byte) 0xF0) {
            digits--;
        }
        work[0] = SUBMIT;
        work[1] = 0;
        work[2] = (byte) digits;
        short at = Util.arrayCopyNonAtomic(reader.bytes, reader.value(), work, MESSAGE_HEAD, length);
        at = Util.arrayFillNonAtomic(work, at, MESSAGE_MIDDLE, (byte) 0);
        reader.find(Tags.SMS_TEXT, start, limit);
        short count = fill(reader, at, typed);
        work[(short) (at - 1)] = (byte) count;
        return (short) (at + pack(at, count));
    }

    /** The characters of what was found last, to `at` in the work space, with what was typed; how many. */
    private short fill(Reader reader, short at, short typed) {
        short to = at;
        short end = reader.end();
        for (short from = reader.value(); from < end; from++) {
            byte character = reader.bytes[from];
            if (character == PLACEHOLDER && typed > 0) {
                to = Util.arrayCopyNonAtomic(work, TYPED, work, to, typed);
                typed = 0;
            } else {
                work[to] = character;
                to++;
            }
        }
        return (short) (to - at);
    }

    /** Packs characters of seven bits in their place (TS 23.038 §6.1.2.1); how many bytes are left of them. */
    private short pack(short at, short count) {
        for (short one = 0; one < count; one++) {
            byte character = work[(short) (at + one)];
            short bit = (short) (one * 7);
            short to = (short) (at + (short) (bit >> 3));
            short shift = (short) (bit & 7);
            if (shift == 0) {
                work[to] = character;
            } else {
                work[to] |= (byte) (character << shift);
                if (shift > 1) {
                    work[(short) (to + 1)] = (byte) (character >> (short) (8 - shift));
                }
            }
        }
        return (short) ((short) ((short) (count * 7) + 7) >> 3);
    }
}
