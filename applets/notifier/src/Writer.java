package org.simtool.notifier;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/** Writes a text into the work space: its coding, then characters of that coding. */
final class Writer {
    private static final byte UCS2 = 0x08;
    private static final byte INTERNATIONAL = 0x10;
    private static final byte TYPE_OF_NUMBER = 0x70;
    private static final byte NO_DIGIT = 0x0F;
    private static final byte LINE = 0x0A;
    /** Characters of a number in a list of ten that has to fit into one command. */
    private static final short ITEM_MOST = 16;
    private static final short MONTH = 1;
    private static final short DAY = 2;
    private static final short HOUR = 3;
    private static final short MINUTE = 4;
    /** What stands for digits 10 to 14 (TS 24.008 table 10.5.118). */
    private static final byte[] OTHERS = {'*', '#', 'a', 'b', 'c'};

    private final byte[] work;
    private final short[] length;

    Writer(byte[] work) {
        this.work = work;
        length = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_RESET);
    }

    /** Bytes written, with the coding. */
    short length() {
        return length[0];
    }

    /** The same without the coding, as far as there is room in a list. */
    short itemLength() {
        short found = (short) (length[0] - 1);
        return found > ITEM_MOST ? ITEM_MOST : found;
    }

    /** Starts with a text that has its coding in front. */
    void begin(byte[] from, short offset, short size) {
        Util.arrayCopyNonAtomic(from, offset, work, (short) 0, size);
        length[0] = size;
    }

    void line() {
        write(LINE);
    }

    /** A number: its type, then digits in pairs. */
    void number(byte[] from, short offset, byte size) {
        if ((byte) (from[offset] & TYPE_OF_NUMBER) == INTERNATIONAL) {
            write((byte) '+');
        }
        for (short at = (short) (offset + 1); at < (short) (offset + size); at++) {
            digit((byte) (from[at] & 0x0F));
            digit((byte) ((byte) (from[at] >> 4) & 0x0F));
        }
    }

    /** Day, month, hour and minute of a time stamp. */
    void time(byte[] from, short offset) {
        pair(from[(short) (offset + DAY)], (byte) '.');
        pair(from[(short) (offset + MONTH)], (byte) '.');
        write((byte) ' ');
        pair(from[(short) (offset + HOUR)], (byte) ':');
        digit((byte) (from[(short) (offset + MINUTE)] & 0x0F));
        digit((byte) ((byte) (from[(short) (offset + MINUTE)] >> 4) & 0x0F));
    }

    private void pair(byte both, byte behind) {
        digit((byte) (both & 0x0F));
        digit((byte) ((byte) (both >> 4) & 0x0F));
        write(behind);
    }

    private void digit(byte digit) {
        if (digit < 10) {
            write((byte) ('0' + digit));
        } else if (digit != NO_DIGIT) {
            write(OTHERS[(byte) (digit - 10)]);
        }
    }

    private void write(byte character) {
        short at = length[0];
        if (work[0] == UCS2) {
            work[at] = 0;
            at++;
        }
        work[at] = character;
        length[0] = (short) (at + 1);
    }
}
