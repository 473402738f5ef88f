package org.simtool.multiimsi;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.AppletEvent;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.Application;
import org.globalplatform.GPSystem;
import uicc.toolkit.EnvelopeHandler;
import uicc.toolkit.EnvelopeHandlerSystem;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitInterface;
import uicc.toolkit.ToolkitRegistry;
import uicc.toolkit.ToolkitRegistrySystem;
import uicc.usim.toolkit.ToolkitConstants;
import uicc.usim.toolkit.USATEnvelopeHandler;
import uicc.usim.toolkit.USATEnvelopeHandlerSystem;

/**
 * One card with two to eight subscriptions, the first of them that of home.
 *
 * Where the telephone is decides which one it gets, or its user does in the menu. Here is what comes from outside:
 * installation, events, new tables. What follows from it is in Switch.
 *
 * A new table comes with STORE DATA through the security domain, or in secured messages to the TAR, block by block.
 */
public final class MultiImsi extends Applet implements ToolkitInterface, Application, AppletEvent {
    private static final byte LAST_BLOCK = (byte) 0x80;
    private static final byte INS_STORE_DATA = (byte) 0xE2;
    private static final short HEADER = 5;
    private static final byte PERSONALIZED = 0x0F;

    private final Table table;
    private final Switch subscriptions;
    private final ToolkitRegistry registry;
    private final byte timer;
    private byte menu;
    private boolean hasMenu;
    /** The menu has the title of the table. */
    private boolean titled;

    /** Gets LV of the instance's AID, of the privileges, and of the parameters (GPCS, install parameters, tag C9). */
    public static void install(byte[] array, short offset, byte length) {
        new MultiImsi(array, offset);
    }

    /** Without parameters the card has what it was personalised with, until a table comes. */
    private MultiImsi(byte[] array, short offset) {
        short at = skip(array, skip(array, offset));
        short length = (short) (array[at] & 0xFF);
        table = new Table();
        if (length != 0) {
            collect((byte) 0, array, (short) (at + 1), length);
            table.check();
            table.use();
        }
        register(array, (short) (offset + 1), array[offset]);
        registry = ToolkitRegistrySystem.getEntry();
        timer = registry.allocateTimer();
        subscriptions = new Switch(table, registry, timer);
        if (length != 0) {
            subscriptions.open();
        }
        showMenu();
        if (length != 0 && !titled) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        listen();
    }

    private static short skip(byte[] array, short at) {
        return (short) (at + 1 + (array[at] & 0xFF));
    }

    private void listen() {
        registry.setEvent(ToolkitConstants.EVENT_PROFILE_DOWNLOAD);
        registry.setEvent(ToolkitConstants.EVENT_FIRST_COMMAND_AFTER_ATR);
        registry.setEvent(ToolkitConstants.EVENT_EVENT_DOWNLOAD_LOCATION_STATUS);
        registry.setEvent(ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV);
        registry.setEvent(ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD);
    }

    /** The title of the table in the telephone's menu. One that the installation allows no room for is not shown. */
    private void showMenu() {
        if (titled || table.count() == 0) {
            return;
        }
        byte[] data = table.data();
        short at = table.find(Table.TITLE);
        short text = Table.value(data, at);
        short size = Table.size(data, at);
        try {
            if (hasMenu) {
                registry.changeMenuEntry(menu, data, text, size, (byte) 0, false, (byte) 0, (short) 0);
            } else {
                menu = registry.initMenuEntry(data, text, size, (byte) 0, false, (byte) 0, (short) 0);
                hasMenu = true;
            }
            titled = true;
        } catch (ToolkitException tooLong) {
            return;
        }
    }

    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** The card stays behind with the subscription of home. */
    public void uninstall() {
        subscriptions.leaveCard();
    }

    /** For the card itself, which has no AID; other applets get nothing. */
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null ? this : null;
    }

    // Events

    /** Whatever goes wrong: the telephone goes on, and what is half done is finished at the next start. */
    public void processToolkit(short event) {
        try {
            handle(event);
        } catch (RuntimeException refused) {
            if (JCSystem.getTransactionDepth() != 0) {
                JCSystem.abortTransaction();
            }
        }
    }

    private void handle(short event) {
        switch (event) {
            case ToolkitConstants.EVENT_FORMATTED_SMS_PP_ENV:
            case ToolkitConstants.EVENT_FORMATTED_SMS_PP_UPD:
                message();
                break;
            case ToolkitConstants.EVENT_MENU_SELECTION:
                subscriptions.chosen();
                break;
            case ToolkitConstants.EVENT_TIMER_EXPIRATION:
                expired();
                break;
            case ToolkitConstants.EVENT_EVENT_DOWNLOAD_LOCATION_STATUS:
                subscriptions.located(EnvelopeHandlerSystem.getTheHandler());
                break;
            case ToolkitConstants.EVENT_PROACTIVE_HANDLER_AVAILABLE:
                subscriptions.work();
                break;
            case ToolkitConstants.EVENT_FIRST_COMMAND_AFTER_ATR:
                subscriptions.finish();
                break;
            case ToolkitConstants.EVENT_PROFILE_DOWNLOAD:
                showMenu();
                subscriptions.started();
                break;
            default:
        }
    }

    private void expired() {
        EnvelopeHandler envelope = EnvelopeHandlerSystem.getTheHandler();
        byte found = envelope.findTLV(ToolkitConstants.TAG_TIMER_IDENTIFIER, (byte) 1);
        if (found != ToolkitConstants.TLV_NOT_FOUND && envelope.getValueByte((short) 0) == timer) {
            subscriptions.expired();
        }
    }

    // New tables

    /** STORE DATA, the whole command. The card has checked that it comes through the security domain. */
    public void processData(byte[] buffer, short offset, short length) {
        short size = (short) (length - HEADER);
        if (size <= 0 || buffer[(short) (offset + ISO7816.OFFSET_INS)] != INS_STORE_DATA) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        collect(buffer[(short) (offset + ISO7816.OFFSET_P2)], buffer, (short) (offset + HEADER), size);
        if ((byte) (buffer[(short) (offset + ISO7816.OFFSET_P1)] & LAST_BLOCK) != 0) {
            replace();
            GPSystem.setCardContentState(PERSONALIZED);
            subscriptions.work();
        }
    }

    private void collect(byte number, byte[] from, short at, short size) {
        short to = table.roomFor(number, size);
        Util.arrayCopyNonAtomic(from, at, table.spare(), to, size);
        table.collect(number, (short) (to + size));
    }

    /** A message: the number of the block, with bit 8 if it is the last one, and the block. Answered by a status word. */
    private void message() {
        short answer = ISO7816.SW_NO_ERROR;
        try {
            block(USATEnvelopeHandlerSystem.getTheHandler());
        } catch (ISOException refused) {
            answer = refused.getReason();
        }
        subscriptions.answer(answer);
        subscriptions.work();
    }

    private void block(USATEnvelopeHandler envelope) {
        short from = envelope.getSecuredDataOffset();
        short size = (short) (envelope.getSecuredDataLength() - 1);
        if (size <= 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        byte head = envelope.getValueByte(from);
        byte number = (byte) (head & 0x7F);
        short to = table.roomFor(number, size);
        envelope.copyValue((short) (from + 1), table.spare(), to, size);
        table.collect(number, (short) (to + size));
        if (head < 0) {
            replace();
        }
    }

    private void replace() {
        table.check();
        titled = false;
        subscriptions.replace();
        showMenu();
    }
}
