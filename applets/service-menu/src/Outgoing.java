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

    private final MenuData data;
    private final Reader reader;
    private final byte[] work;

    Outgoing(MenuData data, byte[] work) {
        this.data = data;
        this.work = work;
        reader = data.reader;
    }

    /** Makes the command of an item; whether it is a message. */
    boolean prepare(ProactiveHandler command, short start, short limit, short language, short typed) {
        byte[] bytes = data.bytes();
        if (reader.find(bytes, Tags.BROWSER, start, limit)) {
            command.init(ToolkitConstants.PRO_CMD_LAUNCH_BROWSER, (byte) 0, ToolkitConstants.DEV_ID_TERMINAL);
            command.appendTLV(ToolkitConstants.TAG_URL, bytes, reader.value(), reader.length());
            return false;
        }
        if (reader.find(bytes, Tags.CALL, start, limit)) {
            begin(command, ToolkitConstants.PRO_CMD_SET_UP_CALL, start, limit, language);
            reader.find(bytes, Tags.CALL, start, limit);
            command.appendTLV(
                (byte) (ToolkitConstants.TAG_ADDRESS | COMPREHENSION), bytes, reader.value(), reader.length());
            return false;
        }
        if (reader.find(bytes, Tags.USSD, start, limit)) {
            begin(command, uicc.usim.toolkit.ToolkitConstants.PRO_CMD_SEND_USSD, start, limit, language);
            reader.find(bytes, Tags.USSD, start, limit);
            command.appendTLV(
                (byte) (uicc.usim.toolkit.ToolkitConstants.TAG_USSD_STRING | COMPREHENSION), work, (short) 0,
                code(typed));
            return false;
        }
        begin(command, uicc.usim.toolkit.ToolkitConstants.PRO_CMD_SEND_SHORT_MESSAGE, start, limit, language);
        reader.find(bytes, Tags.SMS, start, limit);
        command.appendTLV(
            (byte) (uicc.usim.toolkit.ToolkitConstants.TAG_SMS_TPDU | COMPREHENSION), work, (short) 0,
            message(reader.value(), reader.end(), typed));
        return true;
    }

    /** A command to the network, with the item's text to be shown meanwhile. */
    private void begin(ProactiveHandler command, byte type, short start, short limit, short language) {
        command.init(type, (byte) 0, ToolkitConstants.DEV_ID_NETWORK);
        reader.find(data.bytes(), Tags.TEXT, start, limit);
        reader.text(data.bytes(), language, reader.value(), reader.end());
        command.appendTLV(
            (byte) (ToolkitConstants.TAG_ALPHA_IDENTIFIER | COMPREHENSION), data.bytes(), reader.value(),
            reader.length());
    }

    /** A code in the work space: its coding, then packed; the length. Seven bits that are left over get a CR. */
    private short code(short typed) {
        work[0] = PACKED;
        short count = fill((short) 1, typed);
        if ((short) (count % SEPTETS_IN_SEVEN_BYTES) == (short) (SEPTETS_IN_SEVEN_BYTES - 1)) {
            work[(short) (1 + count)] = CARRIAGE_RETURN;
            count++;
        }
        return (short) (1 + pack((short) 1, count));
    }

    /** An SMS-SUBMIT in the work space (TS 23.040 §9.2.2.2), without a validity period; the length. */
    private short message(short start, short limit, short typed) {
        byte[] bytes = data.bytes();
        reader.find(bytes, Tags.SMS_TO, start, limit);
        short length = reader.length();
        short digits = (short) ((short) (length - 1) * 2);
        if ((byte) (bytes[(short) (reader.end() - 1)] & 0xF0) == (byte) 0xF0) {
            digits--;
        }
        work[0] = SUBMIT;
        work[1] = 0;
        work[2] = (byte) digits;
        short at = Util.arrayCopyNonAtomic(bytes, reader.value(), work, MESSAGE_HEAD, length);
        at = Util.arrayFillNonAtomic(work, at, MESSAGE_MIDDLE, (byte) 0);
        reader.find(bytes, Tags.SMS_TEXT, start, limit);
        short count = fill(at, typed);
        work[(short) (at - 1)] = (byte) count;
        return (short) (at + pack(at, count));
    }

    /** The characters of what was found last, to `at` in the work space, with what was typed; how many. */
    private short fill(short at, short typed) {
        short to = at;
        for (short from = reader.value(); from < reader.end(); from++) {
            byte character = data.bytes()[from];
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
