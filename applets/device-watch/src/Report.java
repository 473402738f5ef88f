package org.simtool.devicewatch;

import javacard.framework.Util;
import uicc.toolkit.ProactiveHandler;
import uicc.usim.toolkit.ToolkitConstants;

/**
 * The short message with a report: "PREFIX NN F 12345678901234". NN is a number that every report has for itself, so
 * that one which came twice is known; F first use, C change; then as many digits of the IMEI as the profile allows, and
 * those of the device before.
 */
final class Report {
    private static final byte SUBMIT = 0x01;
    private static final short HEAD = 3;
    private static final short MIDDLE = 3;
    private static final byte COMPREHENSION = (byte) 0x80;
    private static final byte SPACE = (byte) ' ';

    private final Parameters parameters;
    private final Memory memory;
    private final byte[] work;

    Report(Parameters parameters, Memory memory, byte[] work) {
        this.parameters = parameters;
        this.memory = memory;
        this.work = work;
    }

    /** The command to send what is due. */
    void prepare(ProactiveHandler command) {
        command.init(ToolkitConstants.PRO_CMD_SEND_SHORT_MESSAGE, (byte) 0, uicc.toolkit.ToolkitConstants.DEV_ID_NETWORK);
        command.appendTLV((byte) (ToolkitConstants.TAG_SMS_TPDU | COMPREHENSION), work, (short) 0, message());
    }

    /** An SMS-SUBMIT in the work space (TS 23.040 §9.2.2.2); its length. */
    private short message() {
        Reader reader = parameters.reader;
        parameters.find(Tags.TO);
        short digits = (short) ((short) (reader.length() - 1) * 2);
        if ((byte) (parameters.bytes[(short) (reader.end() - 1)] & 0xF0) == (byte) 0xF0) {
            digits--;
        }
        work[0] = SUBMIT;
        work[1] = 0;
        work[2] = (byte) digits;
        short at = Util.arrayCopyNonAtomic(parameters.bytes, reader.value(), work, HEAD, reader.length());
        at = Util.arrayFillNonAtomic(work, at, MIDDLE, (byte) 0);
        short count = (short) (text(at) - at);
        work[(short) (at - 1)] = (byte) count;
        return (short) (at + pack(at, count));
    }

    /** The text to `at`; where it ends. */
    private short text(short at) {
        parameters.find(Tags.PREFIX);
        at = Util.arrayCopyNonAtomic(
            parameters.bytes, parameters.reader.value(), work, at, parameters.reader.length());
        at = put(at, SPACE);
        at = hex(at, (byte) ((byte) (memory.serial() >> 4) & 0x0F));
        at = hex(at, (byte) (memory.serial() & 0x0F));
        at = put(at, SPACE);
        at = put(at, memory.due());
        at = imei(at, memory.reported());
        return parameters.previous && memory.hasPrevious() ? imei(at, memory.known()) : at;
    }

    private short put(short at, byte character) {
        work[at] = character;
        return (short) (at + 1);
    }

    private short hex(short at, byte digit) {
        return put(at, (byte) (digit < 10 ? '0' + digit : 'A' - 10 + digit));
    }

    /** The first digit is in the upper half of the first byte, the others follow in pairs, the lower half first. */
    private short imei(short at, short from) {
        if (parameters.digits == 0) {
            return at;
        }
        at = put(at, SPACE);
        for (short digit = 0; digit < parameters.digits; digit++) {
            byte pair = memory.devices()[(short) (from + (short) ((short) (digit + 1) >> 1))];
            boolean upper = (digit & 1) == 0;
            at = hex(at, (byte) (upper ? (byte) (pair >> 4) & 0x0F : pair & 0x0F));
        }
        return at;
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
