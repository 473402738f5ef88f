package org.simtool.notifier;

/** Tags of the parameters and of a notification, as manifest.yaml declares them. */
interface Tags {
    byte TITLE = (byte) 0x80;
    byte MISSED = (byte) 0x81;
    byte VOICEMAIL = (byte) 0x82;
    byte CALL_BACK = (byte) 0x83;
    byte EMPTY = (byte) 0x84;
    byte MAILBOX = (byte) 0x85;
    byte APPLICATION = (byte) 0x86;

    // Of a notification

    byte KIND = (byte) 0x80;
    byte NUMBER = (byte) 0x81;
    byte TIME = (byte) 0x82;
    byte COUNT = (byte) 0x83;

    // Kinds

    byte KIND_MISSED = 1;
    byte KIND_VOICEMAIL = 2;
    byte KIND_NO_VOICEMAIL = 3;

    /** Bytes of the menu entry, of a text on the screen with its coding, of a number with its type, of a time. */
    short TITLE_MOST = 24;
    short TEXT_MOST = 100;
    short NUMBER_MOST = 11;
    short TIME_LENGTH = 7;
}
