package org.simtool.steering;

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
import uicc.toolkit.ToolkitInterface;
import uicc.toolkit.ToolkitRegistry;
import uicc.toolkit.ToolkitRegistrySystem;
import uicc.usim.toolkit.ToolkitConstants;
import uicc.usim.toolkit.USATEnvelopeHandler;
import uicc.usim.toolkit.USATEnvelopeHandlerSystem;

/**
 * Keeps the list of preferred networks as the operator wants it, and helps a telephone that finds no network any more.
 *
 * Here is what comes from outside: installation, events, new parameters in secured messages to the TAR, block by block.
 * What follows from it is in Guide.
 */
public final class Steering extends Applet implements ToolkitInterface {
    private final Table table;
    private final Guide guide;
    private final ToolkitRegistry registry;

    /** Gets LV of the instance's AID, of the privileges, and of the parameters (GPCS, install parameters, tag C9). */
    public static void install(byte[] array, short offset, byte length) {
        new Steering(array, offset);
    }

    private Steering(byte[] array, short offset) {
        short at = skip(array, skip(array, offset));
        short length = (short) (array[at] & 0xFF);
        table = new Table();
        short to = table.roomFor((byte) 0, length);
        Util.arrayCopyNonAtomic(array, (short) (at + 1), table.spare(), to, length);
        table.collect((byte) 0, length);
        table.check();
        table.use();
        register(array, (short) (offset + 1), array[offset]);
        registry = ToolkitRegistrySystem.getEntry();
        guide = new Guide(table, registry);
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

    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** For the card itself, which has no AID; other applets get nothing. */
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null ? this : null;
    }

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
            case ToolkitConstants.EVENT_TIMER_EXPIRATION:
                expired(EnvelopeHandlerSystem.getTheHandler());
                break;
            case ToolkitConstants.EVENT_EVENT_DOWNLOAD_LOCATION_STATUS:
                located(EnvelopeHandlerSystem.getTheHandler());
                break;
            case ToolkitConstants.EVENT_PROACTIVE_HANDLER_AVAILABLE:
                guide.work();
                break;
            case ToolkitConstants.EVENT_FIRST_COMMAND_AFTER_ATR:
                guide.finish();
                break;
            case ToolkitConstants.EVENT_PROFILE_DOWNLOAD:
                guide.started();
                break;
            default:
        }
    }

    private void expired(EnvelopeHandler envelope) {
        if (envelope.findTLV(ToolkitConstants.TAG_TIMER_IDENTIFIER, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND) {
            guide.expired(envelope.getValueByte((short) 0));
        }
    }

    private void located(EnvelopeHandler envelope) {
        if (envelope.findTLV(ToolkitConstants.TAG_LOCATION_STATUS, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND) {
            guide.located(envelope.getValueByte((short) 0));
        }
    }

    /** A message: the number of the block, with bit 8 if it is the last one, and the block. Answered by a status word. */
    private void message() {
        short answer = ISO7816.SW_NO_ERROR;
        try {
            block(USATEnvelopeHandlerSystem.getTheHandler());
        } catch (ISOException refused) {
            answer = refused.getReason();
        }
        guide.answer(answer);
        guide.work();
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
            table.check();
            guide.replace();
        }
    }
}
