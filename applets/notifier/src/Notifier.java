package org.simtool.notifier;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import uicc.toolkit.EnvelopeHandler;
import uicc.toolkit.EnvelopeHandlerSystem;
import uicc.toolkit.EnvelopeResponseHandler;
import uicc.toolkit.EnvelopeResponseHandlerSystem;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitInterface;
import uicc.toolkit.ToolkitRegistry;
import uicc.toolkit.ToolkitRegistrySystem;
import uicc.usim.toolkit.USATEnvelopeHandler;
import uicc.usim.toolkit.USATEnvelopeHandlerSystem;

/**
 * Tells of calls that were missed and of voice messages that wait. The network sends formatted short messages with a
 * notification each (manifest.yaml); the applet keeps it, writes EF.MWIS, shows it and offers to call back. Its menu
 * entry lists the last ten.
 *
 * A notification is answered with one byte: 00 kept, 80 not understood. One that comes while the screen is in use is
 * shown when it is free.
 */
public final class Notifier extends Applet implements ToolkitInterface {
    private static final byte ANSWER_KEPT = 0;
    private static final byte ANSWER_WRONG = (byte) 0x80;
    private static final byte TOOLKIT = 1;
    private static final byte ASK_LANGUAGE = 0x04;
    private static final short NO_LANGUAGE = -1;
    private static final short WORK = 240;

    private final Parameters parameters;
    private final CallList calls;
    private final Waiting waiting;
    private final Screen screen;
    private final byte[] work;
    private final ToolkitRegistry registry;
    private final byte entry;
    /** What the phone has told, and what the entry is in: two letters each. */
    private short heard;
    private short titled;
    /** Notifications that have not been on the screen. */
    private byte unseen;

    private Notifier(byte[] array, short at, byte size, short own, short length) {
        Reader reader = new Reader();
        parameters = new Parameters(reader, array, own, length);
        work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_RESET);
        calls = new CallList();
        screen = new Screen(parameters, calls, work);
        titled = NO_LANGUAGE;
        register(array, at, size);
        waiting = new Waiting(parameters);
        registry = ToolkitRegistrySystem.getEntry();
        registry.setEvent(ToolkitConstants.EVENT_PROFILE_DOWNLOAD);
        registry.setEvent(ToolkitConstants.EVENT_EVENT_DOWNLOAD_LANGUAGE_SELECTION);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD);
        parameters.findText(Tags.TITLE, heard);
        entry = registry.initMenuEntry(
            parameters.bytes, reader.value(), reader.length(), (byte) 0, false, (byte) 0, (short) 0);
    }

    /** The parameters: AID, privileges, data of the applet, each behind its length. */
    public static void install(byte[] array, short offset, byte length) {
        short privileges = (short) (offset + 1 + (array[offset] & 0xFF));
        short own = (short) (privileges + 1 + (array[privileges] & 0xFF));
        new Notifier(array, (short) (offset + 1), array[offset], (short) (own + 1), (short) (array[own] & 0xFF));
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null && parameter == TOOLKIT ? this : null;
    }

    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    // Language

    private void hear(short language) {
        if (heard != language) {
            heard = language;
        }
        showTitle();
    }

    /** The title in the phone's language. That it is shown is noted last: a torn card does it again. */
    private void showTitle() {
        if (titled != heard && parameters.findText(Tags.TITLE, heard)) {
            registry.changeMenuEntry(
                entry, parameters.bytes, parameters.reader.value(), parameters.reader.length(), (byte) 0, false,
                (byte) 0, (short) 0);
            titled = heard;
        }
    }

    private void askLanguage() {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(
            ToolkitConstants.PRO_CMD_PROVIDE_LOCAL_INFORMATION, ASK_LANGUAGE, ToolkitConstants.DEV_ID_TERMINAL);
        if (Screen.isDone(command.send())
            && ProactiveResponseHandlerSystem.getTheHandler()
                .findAndCopyValue(ToolkitConstants.TAG_LANGUAGE, work, (short) 0) == (short) 2) {
            hear(Util.getShort(work, (short) 0));
        }
    }

    private void hearEvent(EnvelopeHandler envelope) {
        if (envelope.findTLV(ToolkitConstants.TAG_LANGUAGE, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND
            && envelope.getValueLength() == (short) 2) {
            hear(envelope.getValueShort((short) 0));
        }
    }

    // Notifications

    /** Keeps the notification of a formatted message; the answer. */
    private byte take() {
        USATEnvelopeHandler message = USATEnvelopeHandlerSystem.getTheHandler();
        short length = message.getSecuredDataLength();
        if (length > (short) (WORK - CallList.SIZE)) {
            return ANSWER_WRONG;
        }
        message.copyValue(message.getSecuredDataOffset(), work, CallList.SIZE, length);
        Notification notification = screen.notification;
        if (!notification.read(CallList.SIZE, (short) (CallList.SIZE + length))) {
            return ANSWER_WRONG;
        }
        if (notification.isToBeKept()) {
            calls.add(work, (short) 0);
            note((byte) (unseen < CallList.MOST ? unseen + 1 : unseen));
        }
        return ANSWER_KEPT;
    }

    private void note(byte number) {
        if (unseen != number) {
            unseen = number;
        }
    }

    /** A notification that the phone hands over: kept, answered, shown. */
    private void receive() {
        byte answer = take();
        EnvelopeResponseHandler response = EnvelopeResponseHandlerSystem.getTheHandler();
        work[0] = answer;
        response.appendArray(work, (short) 0, (short) 1);
        response.post(answer == ANSWER_KEPT);
        if (answer == ANSWER_KEPT) {
            follow();
        }
    }

    /** What comes after a notification has been kept: the file, then the screen. */
    private void follow() {
        Notification notification = screen.notification;
        if (notification.isAboutVoicemail() && waiting.set(notification.count(), work)) {
            waiting.tell(ProactiveHandlerSystem.getTheHandler());
        }
        showUnseen();
    }

    /** One after the other; while the screen is in use they wait until it is free. */
    private void showUnseen() {
        while (unseen > 0) {
            if (!screen.announce((byte) (unseen - 1), heard)) {
                waitForScreen();
                return;
            }
            note((byte) (unseen - 1));
        }
    }

    private void waitForScreen() {
        registry.setEvent(ToolkitConstants.EVENT_EVENT_DOWNLOAD_IDLE_SCREEN_AVAILABLE);
    }

    private void screenIsFree() {
        registry.clearEvent(ToolkitConstants.EVENT_EVENT_DOWNLOAD_IDLE_SCREEN_AVAILABLE);
        showUnseen();
    }

    // What happens

    /** What the phone or the handlers refuse ends a session; what was kept stays, and is shown later. */
    public void processToolkit(short event) {
        try {
            handle(event);
        } catch (ToolkitException refused) {
            if (unseen > 0) {
                waitForScreen();
            }
        }
    }

    private void handle(short event) {
        switch (event) {
            case ToolkitConstants.EVENT_PROFILE_DOWNLOAD:
                askLanguage();
                break;
            case ToolkitConstants.EVENT_EVENT_DOWNLOAD_LANGUAGE_SELECTION:
                hearEvent(EnvelopeHandlerSystem.getTheHandler());
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV:
                receive();
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD:
                if (take() == ANSWER_KEPT) {
                    follow();
                }
                break;
            case ToolkitConstants.EVENT_EVENT_DOWNLOAD_IDLE_SCREEN_AVAILABLE:
                screenIsFree();
                break;
            case ToolkitConstants.EVENT_MENU_SELECTION:
                note((byte) 0);
                screen.list(heard);
                break;
            default:
                break;
        }
    }
}
