package org.simtool.servicemenu;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ToolkitConstants;

/**
 * A block of bytes, and a way through the data objects in it: tag (one byte), length (up to 127, or behind 81 or 82), value.
 *
 * Where a value begins and ends is told by `value()` and `end()`. They stand in memory that wears no cells, and hold
 * until the next question.
 */
final class Reader {
    private static final short VALUE = 0;
    private static final short END = 1;
    private static final short MARKS = 2;
    private static final byte COMPREHENSION = (byte) 0x80;

    final byte[] bytes;
    private final short[] marks;

    Reader(short size) {
        bytes = new byte[size];
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
    boolean open(short at, short limit) {
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
    boolean find(byte tag, short at, short limit) {
        while (at < limit && open((short) (at + 1), limit)) {
            if (bytes[at] == tag) {
                return true;
            }
            at = marks[END];
        }
        return false;
    }

    /** Of texts by language (two letters, length, text) from `at` to `limit`: the wanted one, else the first. */
    boolean text(short language, short at, short limit) {
        short value = -1;
        short end = 0;
        while (at < limit && open((short) (at + 2), limit)) {
            boolean wanted = Util.getShort(bytes, at) == language;
            if (wanted || value < 0) {
                value = marks[VALUE];
                end = marks[END];
            }
            at = wanted ? limit : marks[END];
        }
        marks[VALUE] = value;
        marks[END] = end;
        return value >= 0;
    }

    /** Among the objects from `at` to `limit` the texts with this tag, and of these the one in the language. */
    boolean findText(byte tag, short language, short at, short limit) {
        return find(tag, at, limit) && text(language, marks[VALUE], marks[END]);
    }

    // For the phone

    /** Appends what was found last as an object of a command. */
    void append(ProactiveHandler command, byte tag) {
        command.appendTLV((byte) (tag | COMPREHENSION), bytes, marks[VALUE], length());
    }

    /** The same as an item of a list. */
    void appendItem(ProactiveHandler command, byte number) {
        command.appendTLV(
            (byte) (ToolkitConstants.TAG_ITEM | COMPREHENSION), number, bytes, marks[VALUE], length());
    }

    // A text for the screen has its coding in front

    byte coding() {
        return bytes[marks[VALUE]];
    }

    short letters() {
        return (short) (marks[VALUE] + 1);
    }

    short letterCount() {
        return (short) (length() - 1);
    }
}
