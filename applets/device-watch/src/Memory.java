package org.simtool.devicewatch;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The device that is known, the one that is to be reported, and how often that has failed. What belongs together is
 * written together: whenever the power goes, a report is either due or done.
 */
final class Memory {
    static final byte NOTHING = 0;
    static final byte FIRST_USE = (byte) 'F';
    static final byte CHANGE = (byte) 'C';
    /** An IMEI without its check digit, 14 digits: two in each byte but for the first and the last one. */
    static final short IMEI = 8;

    private static final short KNOWN = 0;
    private static final short NEW = IMEI;

    private final byte[] devices;
    private boolean isKnown;
    private byte due;
    private byte failures;
    private byte serial;
    private boolean on;

    Memory(boolean on) {
        devices = new byte[(short) (2 * IMEI)];
        this.on = on;
    }

    boolean isOn() {
        return on;
    }

    /** FIRST_USE, CHANGE or NOTHING. */
    byte due() {
        return due;
    }

    byte failures() {
        return failures;
    }

    byte serial() {
        return serial;
    }

    byte[] devices() {
        return devices;
    }

    short known() {
        return KNOWN;
    }

    short reported() {
        return NEW;
    }

    boolean hasPrevious() {
        return isKnown;
    }

    /** The phone has this device's number at the beginning of `imei`; `when` says what is to be reported. */
    void see(byte[] imei, byte when) {
        if (isKnown && isSame(imei, KNOWN)) {
            drop();
        } else if (due == NOTHING || !isSame(imei, NEW)) {
            byte kind = isKnown ? CHANGE : FIRST_USE;
            byte wanted = isKnown ? Parameters.WHEN_CHANGED : Parameters.WHEN_FIRST;
            if ((byte) (when & wanted) != 0) {
                plan(imei, kind);
            } else {
                learn(imei, (short) 0);
            }
        }
    }

    private boolean isSame(byte[] imei, short which) {
        return Util.arrayCompare(imei, (short) 0, devices, which, IMEI) == 0;
    }

    /** The known device is back before anything was reported. */
    private void drop() {
        if (due != NOTHING) {
            due = NOTHING;
        }
    }

    private void plan(byte[] imei, byte kind) {
        JCSystem.beginTransaction();
        Util.arrayCopy(imei, (short) 0, devices, NEW, IMEI);
        due = kind;
        failures = 0;
        JCSystem.commitTransaction();
    }

    private void learn(byte[] from, short offset) {
        JCSystem.beginTransaction();
        Util.arrayCopy(from, offset, devices, KNOWN, IMEI);
        isKnown = true;
        due = NOTHING;
        JCSystem.commitTransaction();
    }

    /** The report has gone out. */
    void succeed() {
        JCSystem.beginTransaction();
        serial++;
        learnReported();
        JCSystem.commitTransaction();
    }

    private void learnReported() {
        Util.arrayCopy(devices, NEW, devices, KNOWN, IMEI);
        isKnown = true;
        due = NOTHING;
    }

    /** It has not; after so many tries the device counts as known. */
    void fail(byte most) {
        JCSystem.beginTransaction();
        failures++;
        if (failures >= most) {
            learnReported();
        }
        JCSystem.commitTransaction();
    }

    void turn(boolean wanted) {
        if (on != wanted) {
            on = wanted;
        }
    }

    /** Nothing is known any more: the device counts as new. */
    void forget() {
        JCSystem.beginTransaction();
        Util.arrayFillNonAtomic(devices, (short) 0, (short) (2 * IMEI), (byte) 0);
        isKnown = false;
        due = NOTHING;
        failures = 0;
        JCSystem.commitTransaction();
    }
}
