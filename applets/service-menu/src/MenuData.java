package org.simtool.servicemenu;

import javacard.framework.Util;

/**
 * The menu: one block of data objects, laid out as manifest.yaml says, and room for its successor, which is put together
 * there. At whatever moment the power goes, one whole menu is there.
 */
final class MenuData {
    /** Bytes that a menu may have. */
    private static final short ROOM = 1536;
    /** The length stands before the data, so that both change hands together. */
    private static final short START = 2;

    private Reader current;
    private Reader coming;
    private short taken;

    MenuData() {
        current = new Reader((short) (START + ROOM));
        coming = new Reader((short) (START + ROOM));
    }

    Reader reader() {
        return current;
    }

    boolean isThere() {
        return limit() > START;
    }

    private short limit() {
        return (short) (START + Util.getShort(current.bytes, (short) 0));
    }

    /** A data object of the menu itself, for the reader to tell of. */
    boolean find(byte tag) {
        return current.find(tag, START, limit());
    }

    /** The text of such an object in the language. */
    boolean findText(byte tag, short language) {
        return current.findText(tag, language, START, limit());
    }

    /** How much of a new menu has come. */
    short taken() {
        return taken;
    }

    /** Takes a part of a new menu; false where it would leave a gap, or goes beyond the room. */
    boolean take(short at, byte[] from, short offset, short length) {
        if (at < 0 || at > taken || length < 0 || length > (short) (ROOM - at)) {
            return false;
        }
        Util.arrayCopyNonAtomic(from, offset, coming.bytes, (short) (START + at), length);
        taken = (short) (at + length);
        return true;
    }

    /** Whether what has come is a menu. */
    boolean isComingGood() {
        return MenuCheck.isGood(coming, START, (short) (START + taken));
    }

    /** What has come takes the place of the menu; to be called within a transaction. */
    void exchange() {
        Util.setShort(coming.bytes, (short) 0, taken);
        Reader old = current;
        current = coming;
        coming = old;
        taken = 0;
    }
}
