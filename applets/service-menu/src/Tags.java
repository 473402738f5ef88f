package org.simtool.servicemenu;

/** Tags and limits of the data, as manifest.yaml declares them. */
interface Tags {
    byte TITLE = (byte) 0x80;
    byte ITEMS = (byte) 0xA1;
    byte LANGUAGES = (byte) 0xA2;
    byte FAILED = (byte) 0x83;
    byte DONE = (byte) 0x84;
    byte AUTOMATIC = (byte) 0x85;

    // Of an item

    byte TEXT = (byte) 0x80;
    byte USSD = (byte) 0x81;
    byte SMS = (byte) 0xA2;
    byte CALL = (byte) 0x83;
    byte BROWSER = (byte) 0x84;
    byte SHOW = (byte) 0x85;
    byte SUBMENU = (byte) 0xA6;
    byte LANGUAGE = (byte) 0x87;
    byte ASK = (byte) 0x88;
    byte INPUT = (byte) 0xA9;

    // Of a message

    byte SMS_TO = (byte) 0x80;
    byte SMS_TEXT = (byte) 0x81;

    /** Bytes of a text in a menu. */
    short TITLE_MOST = 32;
    /** Bytes of a text on the screen, with its coding. */
    short TEXT_MOST = 200;
    /** Bytes of a code, of an address of a page, of a message. */
    short CODE_MOST = 120;
    /** Bytes of a number, with its type. */
    short NUMBER_MOST = 11;
    /** Bytes that the items of a list take on their way to the phone. */
    short LIST_MOST = 180;
    /** How deep lists may lie in lists. */
    short DEPTH = 4;
}
