package org.simtool.notifier;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/** What a message tells, turned into an entry for the list: at the beginning of the work space. */
final class Notification {
    private static final short KIND = 0;
    private static final short COUNT = 1;
    private static final short NOTES = 2;

    private final Reader reader;
    private final byte[] work;
    private final byte[] notes;

    Notification(Reader reader, byte[] work) {
        this.reader = reader;
        this.work = work;
        notes = JCSystem.makeTransientByteArray(NOTES, JCSystem.CLEAR_ON_RESET);
    }

    boolean isToBeKept() {
        return notes[KIND] != Tags.KIND_NO_VOICEMAIL;
    }

    boolean isAboutVoicemail() {
        return notes[KIND] != Tags.KIND_MISSED;
    }

    /** How many voice messages wait. */
    byte count() {
        return notes[COUNT];
    }

    /** Reads the objects from `at` to `limit`; false where they are no notification. */
    boolean read(short at, short limit) {
        Util.arrayFillNonAtomic(work, (short) 0, CallList.SIZE, (byte) 0);
        return reader.isWhole(work, at, limit)
            && readKind(at, limit)
            && readNumber(at, limit)
            && readTime(at, limit)
            && readCount(at, limit);
    }

    private boolean readKind(short at, short limit) {
        if (!reader.find(work, Tags.KIND, at, limit) || reader.length() != 1) {
            return false;
        }
        byte kind = work[reader.value()];
        work[CallList.KIND] = kind;
        notes[KIND] = kind;
        return kind >= Tags.KIND_MISSED && kind <= Tags.KIND_NO_VOICEMAIL;
    }

    /** A caller may have withheld the number. */
    private boolean readNumber(short at, short limit) {
        if (!reader.find(work, Tags.NUMBER, at, limit)) {
            return true;
        }
        if (!reader.isNumber()) {
            return false;
        }
        work[CallList.NUMBER_LENGTH] = (byte) reader.length();
        Util.arrayCopyNonAtomic(work, reader.value(), work, CallList.NUMBER, reader.length());
        return true;
    }

    private boolean readTime(short at, short limit) {
        if (!reader.find(work, Tags.TIME, at, limit)) {
            return true;
        }
        if (reader.length() != Tags.TIME_LENGTH) {
            return false;
        }
        Util.arrayCopyNonAtomic(work, reader.value(), work, CallList.TIME, Tags.TIME_LENGTH);
        return true;
    }

    /** Left out: one waits, or none. */
    private boolean readCount(short at, short limit) {
        notes[COUNT] = (byte) (notes[KIND] == Tags.KIND_VOICEMAIL ? 1 : 0);
        if (!reader.find(work, Tags.COUNT, at, limit)) {
            return true;
        }
        if (reader.length() != 1) {
            return false;
        }
        notes[COUNT] = work[reader.value()];
        return true;
    }
}
