package org.simtool.devicewatch;

/** Tags of the parameters, as manifest.yaml declares them. */
interface Tags {
    byte TO = (byte) 0x80;
    byte PREFIX = (byte) 0x81;
    byte WHEN = (byte) 0x82;
    byte DIGITS = (byte) 0x83;
    byte PREVIOUS = (byte) 0x84;
    byte WAIT = (byte) 0x85;
    byte TRIES = (byte) 0x86;
    byte ON = (byte) 0x87;

    short NUMBER_MOST = 11;
    short PREFIX_MOST = 20;
}
