package net.mvno.multiimsi;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The parameters: settings, texts, files, subscriptions, as TLV objects in the order in which they came.
 *
 * Nothing is unpacked. A place in the data is an index; -1 stands for "not there". There are two arrays: one is in use,
 * a new table is collected in the other and takes its place in one step, when it is whole and right.
 */
final class Table {
    static final byte SETTINGS = 0x01;
    static final byte ADF = 0x02;
    static final byte TITLE = 0x03;
    static final byte AUTOMATIC = 0x04;
    static final byte CAPACITY = 0x0F;
    static final byte FILE_OF_ADF = 0x10;
    static final byte FILE_OF_CARD = 0x11;
    static final byte SUBSCRIPTION = 0x20;
    static final byte NAME = 0x21;
    static final byte NETWORKS = 0x22;
    static final byte CONTENT = 0x23;

    // What the bytes of SETTINGS are. Times are in minutes.
    static final byte SETTLE = 0;
    static final byte RESCUE = 1;
    static final byte TRIAL = 2;
    static final byte MODE = 3;
    private static final short SETTINGS_LENGTH = 4;

    static final byte MOST_SUBSCRIPTIONS = 8;
    private static final byte MOST_FILES = 8;
    private static final short MOST_TEXT = 20;
    private static final short PLMN = 3;
    private static final byte WHOLE_COUNTRY = (byte) 0xFF;

    private final byte[] one;
    private final byte[] other;
    private boolean otherInUse;
    private short length;
    private byte subscriptions;
    private byte files;

    // Collecting a new table: how much of it is there, and what has to come next.
    private short collected;
    private byte nextBlock;

    /** Room for `capacity` bytes of parameters, twice. */
    Table(short capacity) {
        one = new byte[capacity];
        other = new byte[capacity];
    }

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

    byte fileCount() {
        return files;
    }

    // A new table, block by block

    /** Where in spare() a block of `size` bytes goes. Blocks come in order, from number 0 on. */
    short roomFor(byte number, short size) {
        if (number != 0 && number != nextBlock) {
            ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
        }
        short at = number == 0 ? (short) 0 : collected;
        if (size < 0 || size > (short) (one.length - at)) {
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

    /** Throws 6A80 for a table that is not right. */
    void check() {
        if (!isWhole(spare(), collected)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    /** Uses what was collected and checked from now on. Within a transaction of the caller. */
    void use() {
        byte[] data = spare();
        subscriptions = number(data, collected, SUBSCRIPTION);
        files = (byte) (number(data, collected, FILE_OF_ADF) + number(data, collected, FILE_OF_CARD));
        otherInUse = !otherInUse;
        length = collected;
        nextBlock = 0;
        collected = 0;
    }

    // What is in it

    short setting(byte which) {
        return (short) (data()[(short) (value(data(), first(SETTINGS)) + which)] & 0xFF);
    }

    /** The first object with this tag, -1 if there is none. */
    short first(byte tag) {
        return find(data(), (short) 0, length, tag);
    }

    /** The place of a subscription, counted from 0. */
    short subscription(byte number) {
        short at = first(SUBSCRIPTION);
        for (; number > 0; number--) {
            at = find(data(), after(data(), at), length, SUBSCRIPTION);
        }
        return at;
    }

    /** The place of a part of a subscription. */
    short part(short subscription, byte tag) {
        byte[] data = data();
        return find(data, value(data, subscription), after(data, subscription), tag);
    }

    /** The next file after the place `at`, of the ADF or of the card; from -1 the first. */
    short fileAfter(short at) {
        byte[] data = data();
        at = at < 0 ? (short) 0 : after(data, at);
        while (!isFile(data[at])) {
            at = after(data, at);
        }
        return at;
    }

    /** The subscription that names this network, else the first one that names its country, else that of home. */
    byte choose(byte[] network, short at) {
        byte country = 0;
        boolean found = false;
        for (byte i = 0; i < subscriptions; i++) {
            short list = part(subscription(i), NETWORKS);
            short end = after(data(), list);
            for (short entry = value(data(), list); entry < end; entry += PLMN) {
                if (Util.arrayCompare(data(), entry, network, at, PLMN) == 0) {
                    return i;
                }
                if (!found && namesCountry(data(), entry) && sameCountry(data(), entry, network, at)) {
                    found = true;
                    country = i;
                }
            }
        }
        return country;
    }

    /** Whether two networks have one mobile country code (TS 24.008: BCD digits, the third with the third of the MNC). */
    static boolean sameCountry(byte[] a, short atA, byte[] b, short atB) {
        short third = (short) (a[(short) (atA + 1)] ^ b[(short) (atB + 1)]);
        return a[atA] == b[atB] && (short) (third & 0x0F) == 0;
    }

    private static boolean namesCountry(byte[] data, short at) {
        return data[(short) (at + 2)] == WHOLE_COUNTRY && (short) (data[(short) (at + 1)] & 0xF0) == 0xF0;
    }

    // TLV objects: a tag of one byte, a length of one to three bytes

    static short value(byte[] data, short at) {
        byte first = data[(short) (at + 1)];
        return (short) (at + 2 + (first < 0 ? (short) (first & 0x7F) : (short) 0));
    }

    static short size(byte[] data, short at) {
        byte first = data[(short) (at + 1)];
        if (first >= 0) {
            return first;
        }
        short second = (short) (data[(short) (at + 2)] & 0xFF);
        return first == (byte) 0x81 ? second : (short) ((short) (second << 8) | (short) (data[(short) (at + 3)] & 0xFF));
    }

    static short after(byte[] data, short at) {
        return (short) (value(data, at) + size(data, at));
    }

    static short find(byte[] data, short from, short end, byte tag) {
        for (short at = from; at < end; at = after(data, at)) {
            if (data[at] == tag) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isFile(byte tag) {
        return tag == FILE_OF_ADF || tag == FILE_OF_CARD;
    }

    private static byte number(byte[] data, short end, byte tag) {
        byte found = 0;
        for (short at = 0; at < end; at = after(data, at)) {
            if (data[at] == tag) {
                found++;
            }
        }
        return found;
    }

    // Whether a table is right

    private static boolean isWhole(byte[] data, short end) {
        if (!fits(data, (short) 0, end) || !isSettings(data, end) || !isText(data, (short) 0, end, TITLE)
                || !isText(data, (short) 0, end, AUTOMATIC) || !isAdf(data, end) || !areFiles(data, end)) {
            return false;
        }
        byte many = number(data, end, SUBSCRIPTION);
        short first = find(data, (short) 0, end, SUBSCRIPTION);
        for (short at = 0; at < end; at = after(data, at)) {
            if (data[at] == SUBSCRIPTION && !isSubscription(data, at, end, first)) {
                return false;
            }
        }
        return many >= 2 && many <= MOST_SUBSCRIPTIONS;
    }

    /** Whether objects, one after the other, fill the space between two places exactly. */
    private static boolean fits(byte[] data, short at, short end) {
        while (at < end) {
            short room = (short) (end - at);
            if (room < 2) {
                return false;
            }
            byte first = data[(short) (at + 1)];
            short more = first < 0 ? (short) (first & 0x7F) : (short) 0;
            if (more > 2 || first == (byte) 0x80 || (short) (more + 2) > room) {
                return false;
            }
            short size = size(data, at);
            if (size < 0 || size > (short) (room - 2 - more)) {
                return false;
            }
            at = after(data, at);
        }
        return true;
    }

    private static boolean isSettings(byte[] data, short end) {
        short at = find(data, (short) 0, end, SETTINGS);
        if (at < 0 || size(data, at) != SETTINGS_LENGTH) {
            return false;
        }
        short value = value(data, at);
        byte mode = data[(short) (value + MODE)];
        return data[(short) (value + TRIAL)] != 0 && mode >= 0 && mode <= 6 && mode != 1 && mode != 2;
    }

    private static boolean isText(byte[] data, short from, short end, byte tag) {
        short at = find(data, from, end, tag);
        return at >= 0 && size(data, at) > 0 && size(data, at) <= MOST_TEXT;
    }

    private static boolean isAdf(byte[] data, short end) {
        short at = find(data, (short) 0, end, ADF);
        if (at < 0) {
            return find(data, (short) 0, end, FILE_OF_ADF) < 0;
        }
        return size(data, at) >= 5 && size(data, at) <= 16;
    }

    /** A file: the number of its record, 0 for none, and the identifiers on the way to it. */
    private static boolean areFiles(byte[] data, short end) {
        byte many = 0;
        for (short at = 0; at < end; at = after(data, at)) {
            if (isFile(data[at])) {
                short size = size(data, at);
                if (size < 3 || size > 9 || (short) (size & 1) == 0) {
                    return false;
                }
                many++;
            }
        }
        return many > 0 && many <= MOST_FILES;
    }

    /** Each has a name, networks, and content of the same length for each file as the first one. */
    private static boolean isSubscription(byte[] data, short at, short end, short model) {
        short from = value(data, at);
        short to = after(data, at);
        if (!fits(data, from, to) || !isText(data, from, to, NAME)) {
            return false;
        }
        short networks = find(data, from, to, NETWORKS);
        return networks >= 0 && (short) (size(data, networks) % PLMN) == 0 && sameContents(data, at, end, model);
    }

    private static boolean sameContents(byte[] data, short at, short end, short model) {
        short to = after(data, at);
        short modelTo = after(data, model);
        short content = find(data, value(data, at), to, CONTENT);
        short modelContent = find(data, value(data, model), modelTo, CONTENT);
        byte many = 0;
        while (content >= 0) {
            if (modelContent < 0 || size(data, content) == 0 || size(data, content) > 255
                    || size(data, content) != size(data, modelContent)) {
                return false;
            }
            many++;
            content = find(data, after(data, content), to, CONTENT);
            modelContent = find(data, after(data, modelContent), modelTo, CONTENT);
        }
        byte wanted = (byte) (number(data, end, FILE_OF_ADF) + number(data, end, FILE_OF_CARD));
        return modelContent < 0 && many == wanted;
    }
}
