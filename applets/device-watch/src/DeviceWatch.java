package org.simtool.devicewatch;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import uicc.toolkit.EnvelopeResponseHandler;
import uicc.toolkit.EnvelopeResponseHandlerSystem;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandler;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitInterface;
import uicc.toolkit.ToolkitRegistry;
import uicc.toolkit.ToolkitRegistrySystem;
import uicc.usim.toolkit.USATEnvelopeHandler;
import uicc.usim.toolkit.USATEnvelopeHandlerSystem;

/**
 * Reports by short message that the card is used for the first time, or in another device: once each. A report that the
 * network does not take is tried again, each time after twice the wait, and given up after some tries.
 *
 * A formatted message of one byte switches it: 00 off, 01 on, 02 forget the device. It is answered with two bytes: 01 or
 * 00 for on and off, and what is due (00 nothing, "F", "C").
 */
public final class DeviceWatch extends Applet implements ToolkitInterface {
    private static final byte TOOLKIT = 1;
    private static final byte ASK_IMEI = 0x01;
    private static final byte START = 0x00;
    private static final byte COMPREHENSION = (byte) 0x80;
    private static final byte LAST_DIGIT = 0x0F;
    private static final byte OFF = 0;
    private static final byte ON = 1;
    private static final byte FORGET = 2;
    private static final short WORK = 120;
    private static final short TIMER_VALUE = 3;
    /** A timer runs less than a day (TS 102 223 §8.38). */
    private static final short WAIT_MOST = 1439;
    private static final short MINUTES = 60;

    private final Parameters parameters;
    private final Memory memory;
    private final Report report;
    private final byte[] work;
    private final byte timer;
    private final ToolkitRegistry registry;

    private DeviceWatch(byte[] array, short at, byte size, short own, short length) {
        parameters = new Parameters(array, own, length);
        memory = new Memory(parameters.on);
        work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_RESET);
        report = new Report(parameters, memory, work);
        register(array, at, size);
        registry = ToolkitRegistrySystem.getEntry();
        registry.setEvent(ToolkitConstants.EVENT_PROFILE_DOWNLOAD);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD);
        timer = registry.allocateTimer();
    }

    /** The parameters: AID, privileges, data of the applet, each behind its length. */
    public static void install(byte[] array, short offset, byte length) {
        short privileges = (short) (offset + 1 + (array[offset] & 0xFF));
        short own = (short) (privileges + 1 + (array[privileges] & 0xFF));
        new DeviceWatch(array, (short) (offset + 1), array[offset], (short) (own + 1), (short) (array[own] & 0xFF));
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null && parameter == TOOLKIT ? this : null;
    }

    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    // The device

    /** Asks the phone for its IMEI; a phone that does not tell stays unknown. */
    private void look() {
        if (!memory.isOn()) {
            return;
        }
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(
            ToolkitConstants.PRO_CMD_PROVIDE_LOCAL_INFORMATION, ASK_IMEI, ToolkitConstants.DEV_ID_TERMINAL);
        if (!isDone(command.send())) {
            return;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        if (response.findTLV(ToolkitConstants.TAG_IMEI, (byte) 1) == ToolkitConstants.TLV_NOT_FOUND
            || response.getValueLength() != Memory.IMEI) {
            return;
        }
        response.copyValue((short) 0, work, (short) 0, Memory.IMEI);
        // The last digit is for checking, and some phones leave it out.
        work[(short) (Memory.IMEI - 1)] = (byte) (work[(short) (Memory.IMEI - 1)] & LAST_DIGIT);
        memory.see(work, parameters.when);
        startTimer();
    }

    private static boolean isDone(byte result) {
        return result >= 0 && result < ToolkitConstants.RES_CMD_PERF_SESSION_TERM_USER;
    }

    // The report

    /** Waits for the next try, where a report is due. */
    private void startTimer() {
        if (memory.due() == Memory.NOTHING) {
            return;
        }
        short minutes = wait(parameters.wait, memory.failures());
        work[0] = digits((short) (minutes / MINUTES));
        work[1] = digits((short) (minutes % MINUTES));
        work[2] = 0;
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(ToolkitConstants.PRO_CMD_TIMER_MANAGEMENT, START, ToolkitConstants.DEV_ID_TERMINAL);
        command.appendTLV((byte) (ToolkitConstants.TAG_TIMER_IDENTIFIER | COMPREHENSION), timer);
        command.appendTLV((byte) (ToolkitConstants.TAG_TIMER_VALUE | COMPREHENSION), work, (short) 0, TIMER_VALUE);
        command.send();
    }

    /** Doubled for each failure, less than a day. */
    private static short wait(short minutes, byte failures) {
        while (failures > 0 && minutes < WAIT_MOST) {
            minutes = (short) (minutes * 2);
            failures--;
        }
        return minutes > WAIT_MOST ? WAIT_MOST : minutes;
    }

    /** A number below 100 as two digits, the tens in the lower half. */
    private static byte digits(short number) {
        return (byte) ((short) ((short) (number % 10) << 4) | (short) (number / 10));
    }

    private void tell() {
        if (!memory.isOn() || memory.due() == Memory.NOTHING) {
            return;
        }
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        report.prepare(command);
        if (isDone(command.send())) {
            memory.succeed();
        } else {
            memory.fail(parameters.tries);
            startTimer();
        }
    }

    // The switch

    /** Does what a formatted message says; false where it says nothing that is known. */
    private boolean obey() {
        USATEnvelopeHandler message = USATEnvelopeHandlerSystem.getTheHandler();
        if (message.getSecuredDataLength() != (short) 1) {
            return false;
        }
        switch (message.getValueByte(message.getSecuredDataOffset())) {
            case OFF:
                memory.turn(false);
                return true;
            case ON:
                memory.turn(true);
                return true;
            case FORGET:
                memory.forget();
                return true;
            default:
                return false;
        }
    }

    private void answer() {
        boolean good = obey();
        EnvelopeResponseHandler response = EnvelopeResponseHandlerSystem.getTheHandler();
        work[0] = memory.isOn() ? ON : OFF;
        work[1] = memory.due();
        response.appendArray(work, (short) 0, (short) 2);
        response.post(good);
        look();
    }

    // What happens

    /** What the phone or the handlers refuse is tried again when the phone is switched on the next time. */
    public void processToolkit(short event) {
        try {
            handle(event);
        } catch (ToolkitException refused) {
            return;
        }
    }

    private void handle(short event) {
        switch (event) {
            case ToolkitConstants.EVENT_PROFILE_DOWNLOAD:
                look();
                break;
            case ToolkitConstants.EVENT_TIMER_EXPIRATION:
                tell();
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV:
                answer();
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD:
                if (obey()) {
                    look();
                }
                break;
            default:
                break;
        }
    }
}
