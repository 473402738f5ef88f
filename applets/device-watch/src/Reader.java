package org.simtool.devicewatch;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * Finds its way in data objects: tag (one byte), length (up to 127, or behind 81 or 82), value.
 *
 * Where a value begins and ends is told by `value()` and `end()`. They stand in memory that wears no cells, and hold
 * until the next question.
 */
final class Reader {
    private static final short VALUE = 0;
    private static final short END = 1;
    private static final short MARKS = 2;

    private final short[] marks;

    Reader() {
        marks = JCSystem.makeTransientShortArray(MARKS, JCSystem.CLEAR_ON_RESET);
    }

    short value() {
        return marks[VALUE];
    }

    short end() {
        return marks[END];
    }

    short length() {
        return (short) (marks[END] - marks[VALUE]);
    }

    /** A value behind its length at `at`; false where it does not lie before `limit`. */
    boolean open(byte[] bytes, short at, short limit) {
        if (at >= limit) {
            return false;
        }
        short length = bytes[at];
        at++;
        if (length < 0) {
            short more = (short) (length & 0x7F);
            if (more < 1 || more > 2 || more > (short) (limit - at)) {
                return false;
            }
            length = more == 1 ? (short) (bytes[at] & 0xFF) : Util.getShort(bytes, at);
            at += more;
        }
        if (length < 0 || length > (short) (limit - at)) {
            return false;
        }
        marks[VALUE] = at;
        marks[END] = (short) (at + length);
        return true;
    }

    /** The first object with this tag among those from `at` to `limit`. */
    boolean find(byte[] bytes, byte tag, short at, short limit) {
        while (at < limit && open(bytes, (short) (at + 1), limit)) {
            if (bytes[at] == tag) {
                return true;
            }
            at = marks[END];
        }
        return false;
    }

    /** Objects follow one another from `at` to `limit`. */
    boolean isWhole(byte[] bytes, short at, short limit) {
        while (at < limit) {
            if (!open(bytes, (short) (at + 1), limit)) {
                return false;
            }
            at = marks[END];
        }
        return true;
    }

    /** Whether what was found last may be a number: its type, then at least one byte of digits. */
    boolean isNumber() {
        return length() > 1 && length() <= Tags.NUMBER_MOST;
    }
}
