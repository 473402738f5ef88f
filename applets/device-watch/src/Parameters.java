package org.simtool.devicewatch;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** What the profile says: where reports go, what is in them, and how often they are tried. */
final class Parameters {
    static final byte WHEN_FIRST = 0x01;
    static final byte WHEN_CHANGED = 0x02;
    private static final byte TYPE_ONLY = 8;
    private static final byte WHOLE = 14;

    final Reader reader;
    final byte[] bytes;
    final byte when;
    /** How many digits of an IMEI are told: none, its type, or all. */
    final byte digits;
    final boolean previous;
    /** Minutes until the first try, doubled after each that failed. */
    final byte wait;
    final byte tries;
    final boolean on;

    /** A copy of the parameters. Throws ISOException 6A80 where they are not what the manifest says. */
    Parameters(byte[] from, short offset, short length) {
        reader = new Reader();
        bytes = new byte[length];
        Util.arrayCopyNonAtomic(from, offset, bytes, (short) 0, length);
        require(reader.isWhole(bytes, (short) 0, length));
        require(find(Tags.TO) && reader.isNumber());
        require(find(Tags.PREFIX) && reader.length() <= Tags.PREFIX_MOST);
        when = one(Tags.WHEN, (byte) (WHEN_FIRST | WHEN_CHANGED));
        digits = one(Tags.DIGITS, WHOLE);
        require(digits == 0 || digits == TYPE_ONLY || digits == WHOLE);
        previous = one(Tags.PREVIOUS, (byte) 1) != 0;
        wait = one(Tags.WAIT, (byte) 60);
        require(wait > 0);
        tries = one(Tags.TRIES, (byte) 20);
        require(tries > 0);
        on = one(Tags.ON, (byte) 1) != 0;
    }

    boolean find(byte tag) {
        return reader.find(bytes, tag, (short) 0, (short) bytes.length);
    }

    /** A value of one byte, from 0 to `most`. */
    private byte one(byte tag, byte most) {
        require(find(tag) && reader.length() == 1);
        byte value = bytes[reader.value()];
        require(value >= 0 && value <= most);
        return value;
    }

    private static void require(boolean good) {
        if (!good) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }
}
