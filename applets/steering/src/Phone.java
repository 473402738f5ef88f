package org.simtool.steering;

import javacard.framework.Util;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandler;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;

/** What the applet asks of the telephone. Each method sends one command and throws ToolkitException where it cannot. */
final class Phone {
    // Kinds of REFRESH (TS 102 223 §8.6, TS 31.111 §8.6).
    private static final byte FILES_CHANGED = 0x01;
    private static final byte BEGIN_AGAIN = 0x02;
    private static final byte RESET = 0x04;
    private static final byte STEERING = 0x07;

    private static final byte LOCATION = 0x00;
    private static final byte DATE = 0x03;
    private static final short DATE_LENGTH = 3;
    private static final byte START = 0x00;
    private static final byte STOP = 0x01;
    private static final byte CR = (byte) 0x80;
    private static final byte TAG_NETWORKS = 0x72;
    private static final short LIST_ROOM = 16;

    /** MF and the ADF that is current: how ways begin in a list of files. */
    private static final byte[] TOP = {1, 0x3F, 0x00, 0x7F, (byte) 0xFF};

    private final Table table;
    private final byte[] room;

    /** `room` is memory that may be written at any time, 16 bytes. */
    Phone(Table table, byte[] room) {
        this.table = table;
        this.room = room;
    }

    static boolean isMode(byte mode) {
        return mode == FILES_CHANGED || mode == BEGIN_AGAIN || mode == RESET || mode == STEERING;
    }

    /** PROVIDE LOCAL INFORMATION: whether there is normal service; with limited service the result is another. */
    boolean isInService() {
        return ask(LOCATION) == 0;
    }

    private byte ask(byte what) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        handler.init(ToolkitConstants.PRO_CMD_PROVIDE_LOCAL_INFORMATION, what, ToolkitConstants.DEV_ID_TERMINAL);
        return handler.send();
    }

    /** PROVIDE LOCAL INFORMATION: whether it is another day than `day`, which then becomes this day. */
    boolean isAnotherDay(byte[] day) {
        if (ask(DATE) != 0) {
            return false;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        byte found = response.findTLV(ToolkitConstants.TAG_DATE_TIME_AND_TIME_ZONE, (byte) 1);
        if (found == ToolkitConstants.TLV_NOT_FOUND || response.getValueLength() < DATE_LENGTH) {
            return false;
        }
        response.copyValue((short) 0, room, (short) 0, DATE_LENGTH);
        if (Util.arrayCompare(room, (short) 0, day, (short) 0, DATE_LENGTH) == 0) {
            return false;
        }
        Util.arrayCopy(room, (short) 0, day, (short) 0, DATE_LENGTH);
        return true;
    }

    /** TIMER MANAGEMENT with minutes; none stops the timer. */
    void timer(byte timer, short minutes) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        byte action = minutes == 0 ? STOP : START;
        handler.init(ToolkitConstants.PRO_CMD_TIMER_MANAGEMENT, action, ToolkitConstants.DEV_ID_TERMINAL);
        handler.appendTLV((byte) (ToolkitConstants.TAG_TIMER_IDENTIFIER | CR), timer);
        if (minutes != 0) {
            room[0] = digits((short) (minutes / 60));
            room[1] = digits((short) (minutes % 60));
            room[2] = 0;
            handler.appendTLV((byte) (ToolkitConstants.TAG_TIMER_VALUE | CR), room, (short) 0, (short) 3);
        }
        handler.send();
    }

    /** REFRESH as the table says, for the file that `tag` names there. */
    void refresh(byte tag) {
        ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
        byte mode = (byte) table.setting(Table.MODE);
        handler.init(ToolkitConstants.PRO_CMD_REFRESH, mode, ToolkitConstants.DEV_ID_TERMINAL);
        if (mode == STEERING) {
            short place = table.find(Table.NETWORKS);
            handler.appendTLV(TAG_NETWORKS, table.data(), table.value(place), table.size(place));
        } else if (mode != RESET) {
            short place = table.find(tag);
            short end = Util.arrayCopyNonAtomic(TOP, (short) 0, room, (short) 0, (short) TOP.length);
            end = Util.arrayCopyNonAtomic(table.data(), table.value(place), room, end, table.size(place));
            handler.appendTLV((byte) (ToolkitConstants.TAG_FILE_LIST | CR), room, (short) 0, end);
        }
        handler.send();
    }

    /** Two digits, the lower one first (TS 102 223 §8.38). */
    private static byte digits(short number) {
        return (byte) ((short) ((short) (number % 10) << 4) | (short) (number / 10));
    }
}
