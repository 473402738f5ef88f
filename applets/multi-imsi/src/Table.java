package org.simtool.multiimsi;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The parameters, laid out as manifest.yaml says: data objects with a tag, and lists of items that begin with a length.
 *
 * Nothing is unpacked. A place is the index of a length, the value is behind it; -1 is no place. There are two arrays:
 * one is in use, a new table is collected in the other and takes over in one step, when it is whole and right.
 */
final class Table {
    static final byte TITLE = (byte) 0x80;
    static final byte AUTOMATIC = (byte) 0x81;
    static final byte ADF = (byte) 0x82;
    static final byte SETTLE = (byte) 0x83;
    static final byte RESCUE = (byte) 0x84;
    static final byte TRIAL = (byte) 0x85;
    static final byte MODE = (byte) 0x86;
    static final byte FILES = (byte) 0xA7;
    static final byte SUBSCRIPTIONS = (byte) 0xA8;
    // In a subscription:
    static final byte NAME = (byte) 0x80;
    static final byte NETWORKS = (byte) 0x81;
    static final byte COUNTRIES = (byte) 0x82;
    static final byte CONTENTS = (byte) 0x83;

    private static final short ROOM = 1536;
    private static final short FEWEST_SUBSCRIPTIONS = 2;
    private static final short MOST_SUBSCRIPTIONS = 8;
    private static final short MOST_FILES = 8;
    private static final short MOST_TEXT = 20;
    private static final short SHORTEST_AID = 5;
    private static final short LONGEST_AID = 16;
    private static final short PLMN = 3;
    private static final short CONTENT_MOST = 255;
    private static final byte TWO_BYTES = (byte) 0x82;

    private final byte[] one = new byte[ROOM];
    private final byte[] other = new byte[ROOM];
    private boolean otherInUse;
    private short length;
    private byte subscriptions;

    // A new table: how much of it is there, and which block has to come next.
    private short collected;
    private byte nextBlock;

    byte[] data() {
        return otherInUse ? other : one;
    }

    byte[] spare() {
        return otherInUse ? one : other;
    }

    /** How many subscriptions there are; 0 before the first table has come. */
    byte count() {
        return subscriptions;
    }

    // A new table, block by block

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

    /** Throws 6A80 where what was collected is no table. */
    void check() {
        if (!isTable(spare(), collected)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    /** Takes what was collected and checked into use. The caller has opened a transaction. */
    void use() {
        byte[] data = spare();
        subscriptions = (byte) items(data, find(data, (short) 0, collected, SUBSCRIPTIONS));
        length = collected;
        otherInUse = !otherInUse;
        nextBlock = 0;
        collected = 0;
    }

    // What is in it

    short find(byte tag) {
        return find(data(), (short) 0, length, tag);
    }

    /** A number of one byte. */
    short setting(byte tag) {
        byte[] data = data();
        return (short) (data[value(data, find(tag))] & 0xFF);
    }

    short subscription(byte number) {
        return item(data(), find(SUBSCRIPTIONS), number);
    }

    short part(byte subscription, byte tag) {
        byte[] data = data();
        short place = subscription(subscription);
        return find(data, value(data, place), end(data, place), tag);
    }

    /** The subscription that names this network, else the first that names its country, else the first of all. */
    byte choose(byte[] network, short at) {
        byte[] data = data();
        byte best = 0;
        for (byte i = (byte) (subscriptions - 1); i >= 0; i--) {
            short list = part(i, COUNTRIES);
            short end = end(data, list);
            for (short entry = value(data, list); entry < end; entry += PLMN) {
                if (sameCountry(data, entry, network, at)) {
                    best = i;
                }
            }
        }
        for (byte i = (byte) (subscriptions - 1); i >= 0; i--) {
            short list = part(i, NETWORKS);
            short end = end(data, list);
            for (short entry = value(data, list); entry < end; entry += PLMN) {
                if (Util.arrayCompare(data, entry, network, at, PLMN) == 0) {
                    best = i;
                }
            }
        }
        return best;
    }

    /** Whether the mobile country codes are the same: three digits, the third beside one of the MNC (TS 24.008). */
    static boolean sameCountry(byte[] a, short atA, byte[] b, short atB) {
        short third = (short) (a[(short) (atA + 1)] ^ b[(short) (atB + 1)]);
        return a[atA] == b[atB] && (short) (third & 0x0F) == 0;
    }

    // Lengths: one byte, or 81 and one, or 82 and two

    static short value(byte[] data, short place) {
        byte first = data[place];
        return (short) (place + 1 + (first < 0 ? (short) (first & 0x7F) : (short) 0));
    }

    static short size(byte[] data, short place) {
        byte first = data[place];
        if (first == TWO_BYTES) {
            return Util.getShort(data, (short) (place + 1));
        }
        return first < 0 ? (short) (data[(short) (place + 1)] & 0xFF) : first;
    }

    static short end(byte[] data, short place) {
        return (short) (value(data, place) + size(data, place));
    }

    /** Among objects with tags. */
    static short find(byte[] data, short from, short to, byte tag) {
        for (short at = from; at < to; at = end(data, (short) (at + 1))) {
            if (data[at] == tag) {
                return (short) (at + 1);
            }
        }
        return -1;
    }

    /** An item of a list, counted from 0. */
    static short item(byte[] data, short list, short number) {
        short at = value(data, list);
        for (short i = 0; i < number; i++) {
            at = end(data, at);
        }
        return at;
    }

    static short items(byte[] data, short list) {
        short many = 0;
        short end = end(data, list);
        for (short at = value(data, list); at < end; at = end(data, at)) {
            many++;
        }
        return many;
    }

    // Whether a table is right

    private static boolean isTable(byte[] data, short end) {
        return fits(data, (short) 0, end, true) && isText(data, (short) 0, end, TITLE)
                && isText(data, (short) 0, end, AUTOMATIC) && areSettings(data, end) && areFiles(data, end)
                && areSubscriptions(data, end);
    }

    /** Whether items, with tags or without, fill the space between two indices exactly. */
    private static boolean fits(byte[] data, short at, short end, boolean tags) {
        while (at < end) {
            if (tags) {
                at++;
            }
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

    private static boolean isText(byte[] data, short from, short end, byte tag) {
        short place = find(data, from, end, tag);
        return place >= 0 && size(data, place) > 0 && size(data, place) <= MOST_TEXT;
    }

    private static boolean areSettings(byte[] data, short end) {
        for (byte tag = SETTLE; tag <= MODE; tag++) {
            short place = find(data, (short) 0, end, tag);
            if (place < 0 || size(data, place) != 1) {
                return false;
            }
        }
        short trial = find(data, (short) 0, end, TRIAL);
        byte mode = data[(short) (find(data, (short) 0, end, MODE) + 1)];
        return data[(short) (trial + 1)] != 0 && mode >= 0 && mode <= Phone.LAST_MODE && mode != 1 && mode != 2;
    }

    /** Files below the ADF need its AID. A file: where it is, its record (0 for none), the way there. */
    private static boolean areFiles(byte[] data, short end) {
        short adf = find(data, (short) 0, end, ADF);
        if (adf >= 0 && (size(data, adf) < SHORTEST_AID || size(data, adf) > LONGEST_AID)) {
            return false;
        }
        short list = find(data, (short) 0, end, FILES);
        if (list < 0 || !fits(data, value(data, list), end(data, list), false)) {
            return false;
        }
        short stop = end(data, list);
        for (short at = value(data, list); at < stop; at = end(data, at)) {
            if (!isFile(data, at) || data[value(data, at)] == Files.OF_ADF && adf < 0) {
                return false;
            }
        }
        short many = items(data, list);
        return many > 0 && many <= MOST_FILES;
    }

    private static boolean isFile(byte[] data, short place) {
        short size = size(data, place);
        short value = value(data, place);
        if (size < Files.WAY + 2 || size > Files.WAY + 8 || (short) (size & 1) == 0) {
            return false;
        }
        byte base = data[value];
        boolean known = base == Files.OF_ADF || base == Files.OF_CARD;
        return known && data[(short) (value + Files.RECORD)] >= 0
                && data[(short) (value + Files.WAY - 1)] == (byte) (size - Files.WAY);
    }

    private static boolean areSubscriptions(byte[] data, short end) {
        short list = find(data, (short) 0, end, SUBSCRIPTIONS);
        if (list < 0 || !fits(data, value(data, list), end(data, list), false)) {
            return false;
        }
        short files = items(data, find(data, (short) 0, end, FILES));
        short first = value(data, list);
        short stop = end(data, list);
        for (short at = first; at < stop; at = end(data, at)) {
            if (!isSubscription(data, at) || !sameContents(data, at, first, files)) {
                return false;
            }
        }
        short many = items(data, list);
        return many >= FEWEST_SUBSCRIPTIONS && many <= MOST_SUBSCRIPTIONS;
    }

    private static boolean isSubscription(byte[] data, short place) {
        short from = value(data, place);
        short to = end(data, place);
        return fits(data, from, to, true) && isText(data, from, to, NAME) && areNetworks(data, from, to, NETWORKS)
                && areNetworks(data, from, to, COUNTRIES);
    }

    private static boolean areNetworks(byte[] data, short from, short to, byte tag) {
        short place = find(data, from, to, tag);
        return place >= 0 && (short) (size(data, place) % PLMN) == 0;
    }

    /** Content for each file, as long as that of the first subscription: nothing of one may stay behind another. */
    private static boolean sameContents(byte[] data, short place, short model, short files) {
        short own = find(data, value(data, place), end(data, place), CONTENTS);
        short its = find(data, value(data, model), end(data, model), CONTENTS);
        if (own < 0 || its < 0 || !fits(data, value(data, own), end(data, own), false) || items(data, own) != files
                || items(data, its) != files) {
            return false;
        }
        for (short i = 0; i < files; i++) {
            short size = size(data, item(data, own, i));
            if (size == 0 || size > CONTENT_MOST || size != size(data, item(data, its, i))) {
                return false;
            }
        }
        return true;
    }
}
