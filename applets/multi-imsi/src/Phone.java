package org.simtool.multiimsi;

import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandler;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;

/** What the applet asks of the telephone. Each method sends one command and throws ToolkitException where it cannot. */
final class Phone {
    static final byte NOT_DONE = (byte) 0xFF;
    static final byte NORMAL_SERVICE = 0x00;
    static final byte LIMITED_SERVICE = 0x06;

    static final byte LAST_MODE = 0x06;
    private static final byte LOCATION = 0x00;
    private static final byte START = 0x00;
    private static final byte STOP = 0x01;
    private static final byte WITH_AID = 0x05;
    private static final byte CR = (byte) 0x80;
    private static final byte LAST_GOOD_RESULT = 0x0F;
    private static final short PLMN = 3;

    private final Table table;

    Phone(Table table) {
        this.table = table;
    }

    /** PROVIDE LOCAL INFORMATION: the network goes to `into`. Gives the result, NOT_DONE where none is known. */
    byte locate(byte[] into, short at) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        handler.init(ToolkitConstants.PRO_CMD_PROVIDE_LOCAL_INFORMATION, LOCATION, ToolkitConstants.DEV_ID_TERMINAL);
        byte result = handler.send();
        if (result != NORMAL_SERVICE && result != LIMITED_SERVICE) {
            return NOT_DONE;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        byte found = response.findTLV(ToolkitConstants.TAG_LOCATION_INFORMATION, (byte) 1);
        if (found == ToolkitConstants.TLV_NOT_FOUND || response.getValueLength() < PLMN) {
            return NOT_DONE;
        }
        response.copyValue((short) 0, into, at, PLMN);
        return result;
    }

    /** TIMER MANAGEMENT with minutes; none stops the timer. `room` has three bytes for the time. */
    void timer(byte timer, short minutes, byte[] room, short at) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        byte action = minutes == 0 ? STOP : START;
        handler.init(ToolkitConstants.PRO_CMD_TIMER_MANAGEMENT, action, ToolkitConstants.DEV_ID_TERMINAL);
        handler.appendTLV((byte) (ToolkitConstants.TAG_TIMER_IDENTIFIER | CR), timer);
        if (minutes != 0) {
            room[at] = digits((short) (minutes / 60));
            room[(short) (at + 1)] = digits((short) (minutes % 60));
            room[(short) (at + 2)] = 0;
            handler.appendTLV((byte) (ToolkitConstants.TAG_TIMER_VALUE | CR), room, at, (short) 3);
        }
        handler.send();
    }

    /** REFRESH as the table says. Whether the telephone has done it; after a reset of the card nobody comes back. */
    boolean refresh() {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        byte mode = (byte) table.setting(Table.MODE);
        handler.init(ToolkitConstants.PRO_CMD_REFRESH, mode, ToolkitConstants.DEV_ID_TERMINAL);
        short aid = table.find(Table.ADF);
        if (mode >= WITH_AID && aid >= 0) {
            append(handler, ToolkitConstants.TAG_AID, aid);
        }
        byte result = handler.send();
        return result >= 0 && result <= LAST_GOOD_RESULT;
    }

    /** SELECT ITEM: "automatic" is 1, subscriptions follow. What was chosen, 0 for nothing; `now` is marked. */
    byte choose(byte now) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        handler.init(ToolkitConstants.PRO_CMD_SELECT_ITEM, (byte) 0, ToolkitConstants.DEV_ID_TERMINAL);
        append(handler, ToolkitConstants.TAG_ALPHA_IDENTIFIER, table.find(Table.TITLE));
        item(handler, (byte) 1, table.find(Table.AUTOMATIC));
        for (byte i = 0; i < table.count(); i++) {
            item(handler, (byte) (i + 2), table.part(i, Table.NAME));
        }
        handler.appendTLV(ToolkitConstants.TAG_ITEM_IDENTIFIER, now);
        byte result = handler.send();
        if (result < 0 || result > LAST_GOOD_RESULT) {
            return 0;
        }
        return ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier();
    }

    private void append(ProactiveHandler handler, byte tag, short at) {
        byte[] data = table.data();
        handler.appendTLV(tag, data, Table.value(data, at), Table.size(data, at));
    }

    private void item(ProactiveHandler handler, byte number, short at) {
        byte[] data = table.data();
        byte tag = (byte) (ToolkitConstants.TAG_ITEM | CR);
        handler.appendTLV(tag, number, data, Table.value(data, at), Table.size(data, at));
    }

    /** Two digits, the lower one first (TS 102 223 §8.38). */
    private static byte digits(short number) {
        return (byte) ((short) ((short) (number % 10) << 4) | (short) (number / 10));
    }
}
