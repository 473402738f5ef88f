package org.simtool.servicemenu;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.Application;
import org.globalplatform.GPSystem;
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
 * The operator's menu: one entry on the phone, behind it lists of items with what they do. Texts, items and actions are
 * data, which come with the installation, by STORE DATA, or later in formatted short messages.
 *
 * The language is the phone's, unless the user has chosen another; a text that does not exist in it appears in its first
 * one.
 *
 * A formatted message has the place of its part in the new menu (two bytes), the length of the whole menu (two bytes),
 * and the part. It is answered with one byte, see ANSWER_.... The menu changes when the last part has come.
 */
public final class ServiceMenu extends Applet implements ToolkitInterface, Application {
    private static final byte ANSWER_CHANGED = 0;
    private static final byte ANSWER_MORE = 1;
    private static final byte ANSWER_WRONG = (byte) 0x80;

    private static final byte INS_STORE_DATA = (byte) 0xE2;
    private static final byte LAST_BLOCK = (byte) 0x80;
    private static final short COMMAND_HEAD = 5;
    private static final byte PERSONALISED = 0x0F;
    private static final short PART_HEAD = 4;
    private static final short WORK = 255;
    private static final byte ASK_LANGUAGE = 0x04;
    private static final short NO_LANGUAGE = -1;

    private final MenuData data;
    private final Session session;
    private final byte[] work;
    private final ToolkitRegistry registry;
    private final byte entry;
    /** Two letters each: what the phone has told, what the user has chosen (0: nothing), what the entry is in. */
    private short heard;
    private short chosen;
    private short titled;

    private ServiceMenu(byte[] from, short offset, short length, byte[] array, short at, byte size) {
        data = new MenuData();
        work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_RESET);
        session = new Session(this, data, work);
        if (length > 0) {
            takeWhole(from, offset, length);
        }
        register(array, at, size);
        registry = ToolkitRegistrySystem.getEntry();
        registry.setEvent(ToolkitConstants.EVENT_PROFILE_DOWNLOAD);
        registry.setEvent(ToolkitConstants.EVENT_EVENT_DOWNLOAD_LANGUAGE_SELECTION);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV);
        registry.setEvent(uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD);
        titled = NO_LANGUAGE;
        work[0] = (byte) ' ';
        entry = registry.initMenuEntry(work, (short) 0, (short) 1, (byte) 0, false, (byte) 0, (short) 0);
        if (data.isThere()) {
            showTitle();
        } else {
            registry.disableMenuEntry(entry);
        }
    }

    /** The parameters: AID, privileges, data of the applet, each behind its length. Without data it waits for them. */
    public static void install(byte[] array, short offset, byte length) {
        short privileges = (short) (offset + 1 + (array[offset] & 0xFF));
        short own = (short) (privileges + 1 + (array[privileges] & 0xFF));
        new ServiceMenu(
            array, (short) (own + 1), (short) (array[own] & 0xFF), array, (short) (offset + 1), array[offset]);
    }

    private void takeWhole(byte[] from, short offset, short length) {
        if (!data.take((short) 0, from, offset, length) || !data.isComingGood()) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        data.exchange();
    }

    /** For the card itself, which triggers the applet and hands on STORE DATA; not for other applets. */
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null ? this : null;
    }

    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    // Data

    /** STORE DATA from the security domain: the block's number in P2; the last one is marked in P1. */
    public void processData(byte[] command, short offset, short length) {
        if (command[(short) (offset + ISO7816.OFFSET_INS)] != INS_STORE_DATA) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        short at = command[(short) (offset + ISO7816.OFFSET_P2)] == 0 ? (short) 0 : data.taken();
        short size = (short) (length - COMMAND_HEAD);
        if (!data.take(at, command, (short) (offset + COMMAND_HEAD), size)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if ((byte) (command[(short) (offset + ISO7816.OFFSET_P1)] & LAST_BLOCK) != 0) {
            if (!data.isComingGood()) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            change();
            GPSystem.setCardContentState(PERSONALISED);
        }
    }

    /** The new menu comes into force; its title follows, at once or when the phone is switched on the next time. */
    private void change() {
        JCSystem.beginTransaction();
        data.exchange();
        titled = NO_LANGUAGE;
        JCSystem.commitTransaction();
        showTitle();
    }

    /** A part of a menu by formatted short message; the answer. */
    private byte takePart() {
        USATEnvelopeHandler message = USATEnvelopeHandlerSystem.getTheHandler();
        short length = (short) (message.getSecuredDataLength() - PART_HEAD);
        if (length < 0 || length > (short) (WORK - PART_HEAD)) {
            return ANSWER_WRONG;
        }
        short offset = message.getSecuredDataOffset();
        message.copyValue(offset, work, (short) 0, (short) (length + PART_HEAD));
        short total = Util.getShort(work, (short) 2);
        if (!data.take(Util.getShort(work, (short) 0), work, PART_HEAD, length) || data.taken() > total) {
            return ANSWER_WRONG;
        }
        if (data.taken() < total) {
            return ANSWER_MORE;
        }
        if (!data.isComingGood()) {
            return ANSWER_WRONG;
        }
        change();
        return ANSWER_CHANGED;
    }

    private void answerPart() {
        work[0] = takePart();
        EnvelopeResponseHandler answer = EnvelopeResponseHandlerSystem.getTheHandler();
        answer.appendArray(work, (short) 0, (short) 1);
        answer.post(work[0] >= 0);
    }

    // Language

    short language() {
        return chosen != 0 ? chosen : heard;
    }

    /** The user's choice; 0 leaves it to the phone. */
    void choose(short language) {
        if (chosen != language) {
            chosen = language;
        }
        showTitle();
    }

    private void hear(short language) {
        if (heard != language) {
            heard = language;
        }
        showTitle();
    }

    /** Puts the title into the phone's menu, in the language of now. That is noted last: a torn card does it again. */
    private void showTitle() {
        short language = language();
        if (titled != language && data.findText(Tags.TITLE, language)) {
            Reader reader = data.reader();
            registry.changeMenuEntry(
                entry, reader.bytes, reader.value(), reader.length(), (byte) 0, false, (byte) 0, (short) 0);
            if (titled == NO_LANGUAGE) {
                registry.enableMenuEntry(entry);
            }
            titled = language;
        }
    }

    /** Asks the phone for its language. One that cannot tell is left with what was. */
    private void askLanguage() {
        showTitle();
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(
            ToolkitConstants.PRO_CMD_PROVIDE_LOCAL_INFORMATION, ASK_LANGUAGE, ToolkitConstants.DEV_ID_TERMINAL);
        if (Session.isDone(command.send())
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

    // What happens

    /** What the phone or the handlers refuse ends a session; nothing is left half done by it. */
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
                askLanguage();
                break;
            case ToolkitConstants.EVENT_EVENT_DOWNLOAD_LANGUAGE_SELECTION:
                hearEvent(EnvelopeHandlerSystem.getTheHandler());
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV:
                answerPart();
                break;
            case uicc.usim.toolkit.ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD:
                takePart();
                break;
            case ToolkitConstants.EVENT_MENU_SELECTION:
                session.open();
                break;
            default:
                break;
        }
    }
}
