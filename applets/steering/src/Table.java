package org.simtool.steering;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The parameters, laid out as manifest.yaml says: data objects with a tag and a length.
 *
 * Nothing is unpacked. A place is the index of a length, the value is behind it; -1 is no place. There are two arrays:
 * one is in use, new parameters are collected in the other and take over in one step, when they are whole and right.
 */
final class Table {
    static final byte ADF = (byte) 0x80;
    static final byte WAIT = (byte) 0x81;
    static final byte CLEARINGS = (byte) 0x82;
    static final byte MODE = (byte) 0x83;
    static final byte PERIOD = (byte) 0x84;
    static final byte PREFERRED = (byte) 0x85;
    static final byte FORBIDDEN = (byte) 0x86;
    static final byte NETWORKS = (byte) 0xA7;

    /** A network with its access technologies (TS 31.102, EF.OPLMNwAcT). */
    static final short ENTRY = 5;

    private static final short ROOM = 512;
    private static final short SHORTEST_AID = 5;
    private static final short LONGEST_AID = 16;
    private static final short LONGEST_WAY = 8;
    private static final short NETWORKS_MOST = 250;
    private static final byte TWO_BYTES = (byte) 0x82;

    private final byte[] one = new byte[ROOM];
    private final byte[] other = new byte[ROOM];
    private boolean otherInUse;
    private short length;

    // New parameters: how much of them is there, and which block has to come next.
    private short collected;
    private byte nextBlock;

    byte[] data() {
        return otherInUse ? other : one;
    }

    byte[] spare() {
        return otherInUse ? one : other;
    }

    // New parameters, block by block

    /** Where in spare() a block of `size` bytes goes. Blocks come in order, from number 0 on. */
    short roomFor(byte number, short size) {
        if (number != 0 && number != nextBlock) {
            ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
        }
        short at = number == 0 ? (short) 0 : collected;
        if (size < 0 || size > (short) (ROOM - at)) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        return at;
    }

    /** The block is in spare(). Both numbers change together, so that power lost now does not leave a gap. */
    void collect(byte number, short end) {
        JCSystem.beginTransaction();
        collected = end;
        nextBlock = (byte) (number + 1);
        JCSystem.commitTransaction();
    }

    /** Throws 6A80 where what was collected is not right. */
    void check() {
        if (!isTable(spare(), collected)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    /** Takes what was collected and checked into use. The caller has opened a transaction. */
    void use() {
        length = collected;
        otherInUse = !otherInUse;
        nextBlock = 0;
        collected = 0;
    }

    // What is in it

    short find(byte tag) {
        return find(data(), length, tag);
    }

    /** A number of one byte. */
    short setting(byte tag) {
        return (short) (data()[(short) (find(tag) + 1)] & 0xFF);
    }

    short value(short place) {
        return value(data(), place);
    }

    short size(short place) {
        return size(data(), place);
    }

    // Lengths: one byte, or 81 and one, or 82 and two

    private static short value(byte[] data, short place) {
        byte first = data[place];
        return (short) (place + 1 + (first < 0 ? (short) (first & 0x7F) : (short) 0));
    }

    private static short size(byte[] data, short place) {
        byte first = data[place];
        if (first == TWO_BYTES) {
            return Util.getShort(data, (short) (place + 1));
        }
        return first < 0 ? (short) (data[(short) (place + 1)] & 0xFF) : first;
    }

    private static short end(byte[] data, short place) {
        return (short) (value(data, place) + size(data, place));
    }

    private static short find(byte[] data, short to, byte tag) {
        for (short at = 0; at < to; at = end(data, (short) (at + 1))) {
            if (data[at] == tag) {
                return (short) (at + 1);
            }
        }
        return -1;
    }

    // Whether parameters are right

    private static boolean isTable(byte[] data, short end) {
        return fits(data, end) && isSized(data, end, ADF, SHORTEST_AID, LONGEST_AID)
                && isSized(data, end, WAIT, (short) 1, (short) 1) && isSized(data, end, CLEARINGS, (short) 1, (short) 1)
                && isSized(data, end, MODE, (short) 1, (short) 1) && isWay(data, end, PREFERRED)
                && isWay(data, end, FORBIDDEN) && isSized(data, end, NETWORKS, ENTRY, NETWORKS_MOST)
                && areRight(data, end);
    }

    /** Whether the objects fill the space exactly. */
    private static boolean fits(byte[] data, short end) {
        short at = 0;
        while (at < end) {
            at++;
            if (at >= end || !isLength(data, at, end)) {
                return false;
            }
            at = end(data, at);
        }
        return true;
    }

    private static boolean isLength(byte[] data, short place, short end) {
        byte first = data[place];
        if (first < 0 && first != TWO_BYTES && first != (byte) 0x81 || value(data, place) > end) {
            return false;
        }
        short size = size(data, place);
        return size >= 0 && size <= (short) (end - value(data, place));
    }

    private static boolean isSized(byte[] data, short end, byte tag, short least, short most) {
        short place = find(data, end, tag);
        return place >= 0 && size(data, place) >= least && size(data, place) <= most;
    }

    private static boolean isWay(byte[] data, short end, byte tag) {
        return isSized(data, end, tag, (short) 2, LONGEST_WAY) && (short) (size(data, find(data, end, tag)) & 1) == 0;
    }

    private static boolean areRight(byte[] data, short end) {
        byte mode = data[(short) (find(data, end, MODE) + 1)];
        short period = find(data, end, PERIOD);
        return data[(short) (find(data, end, WAIT) + 1)] != 0 && Phone.isMode(mode)
                && (short) (size(data, find(data, end, NETWORKS)) % ENTRY) == 0
                && (period < 0 || size(data, period) == 1);
    }
}
