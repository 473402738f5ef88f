package org.simtool.notifier;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The last ten notifications, newest first. An entry: kind, length of the number, number (type, then digits in pairs),
 * time (TS 23.040 §9.2.3.11; year 00 and month 00: none).
 */
final class CallList {
    static final short MOST = 10;
    static final short KIND = 0;
    static final short NUMBER_LENGTH = 1;
    static final short NUMBER = 2;
    static final short TIME = 13;
    static final short SIZE = 20;

    private final byte[] entries;
    /** Where the next one goes, and how many there are. */
    private byte next;
    private byte count;

    CallList() {
        entries = new byte[(short) (MOST * SIZE)];
    }

    byte[] bytes() {
        return entries;
    }

    byte count() {
        return count;
    }

    /** Where an entry lies; 0 is the newest. */
    short at(byte which) {
        short place = (short) (next - 1 - which);
        if (place < 0) {
            place += MOST;
        }
        return (short) (place * SIZE);
    }

    /** The entry, and that it is there, are written together. The oldest one makes room. */
    void add(byte[] entry, short offset) {
        JCSystem.beginTransaction();
        Util.arrayCopy(entry, offset, entries, (short) (next * SIZE), SIZE);
        next = (byte) ((byte) (next + 1) % (byte) MOST);
        if (count < MOST) {
            count++;
        }
        JCSystem.commitTransaction();
    }
}
