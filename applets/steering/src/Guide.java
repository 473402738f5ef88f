package org.simtool.steering;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.toolkit.EnvelopeResponseHandler;
import uicc.toolkit.EnvelopeResponseHandlerSystem;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitRegistry;
import uicc.usim.toolkit.ToolkitConstants;

/**
 * What is done, and when.
 *
 * The preferred networks are written when they are new; a start finishes what a lost one began. A telephone without
 * service for the minutes of the table has its list of forbidden networks cleared, and reads it anew. So many times a
 * day and no more: a day is another date of the telephone, or 24 hours after the first time.
 */
final class Guide {
    // What is to be asked of the telephone as soon as it listens.
    private static final byte SET_WAIT = 0x01;
    private static final byte SET_DAY = 0x02;
    private static final byte TELL_PREFERRED = 0x04;
    private static final byte TELL_FORBIDDEN = 0x08;
    private static final byte HELP = 0x10;

    // What is where in `session`, which is forgotten when the card is reset.
    private static final short TODO = 0;
    private static final short WAITING = 1;
    private static final short SESSION_LENGTH = 2;
    private static final short ROOM = 16;

    private static final byte SERVICE_NORMAL = 0;
    private static final short DAY = 1440;
    private static final short DATE_LENGTH = 3;

    private final Table table;
    private final Files files;
    private final Phone phone;
    private final ToolkitRegistry registry;
    private final byte waitTimer;
    private final byte dayTimer;
    private final byte[] session;
    private final byte[] room;

    /** The preferred networks have not been written, or not all of them. */
    private boolean unwritten = true;
    /** How often the forbidden networks were cleared this day. */
    private byte cleared;
    private final byte[] day = new byte[DATE_LENGTH];

    /** Throws 6A88 without the ADF of the table. */
    Guide(Table table, ToolkitRegistry registry) {
        this.table = table;
        this.registry = registry;
        session = JCSystem.makeTransientByteArray(SESSION_LENGTH, JCSystem.CLEAR_ON_RESET);
        room = JCSystem.makeTransientByteArray(ROOM, JCSystem.CLEAR_ON_RESET);
        files = new Files(table);
        phone = new Phone(table, room);
        waitTimer = registry.allocateTimer();
        dayTimer = registry.allocateTimer();
        files.open();
    }

    // What happens

    /** Writes the preferred networks if that is due. Where a file refuses, the next start tries it again. */
    void finish() {
        if (unwritten && files.prefer()) {
            unwritten = false;
            session[TODO] |= TELL_PREFERRED;
        }
    }

    /** TERMINAL PROFILE. Timers are gone, and until the telephone tells of service there is none. */
    void started() {
        session[TODO] = SET_WAIT;
        session[WAITING] = 1;
        finish();
        if (cleared != 0) {
            session[TODO] |= SET_DAY;
        }
        work();
    }

    /** The new parameters of Table are right: use them. */
    void replace() {
        JCSystem.beginTransaction();
        table.use();
        unwritten = true;
        JCSystem.commitTransaction();
        finish();
    }

    /** Event "location status". */
    void located(byte service) {
        boolean stuck = service != SERVICE_NORMAL;
        if (stuck != (session[WAITING] != 0)) {
            session[WAITING] = stuck ? (byte) 1 : (byte) 0;
            session[TODO] |= SET_WAIT;
        }
        work();
    }

    void expired(byte timer) {
        if (timer == dayTimer) {
            cleared = 0;
        } else if (timer == waitTimer && session[WAITING] != 0) {
            session[TODO] |= HELP;
        }
        work();
    }

    /** The time is over. Not every telephone tells of service when it is found at once, so this is asked for. */
    private void help() {
        if (phone.isInService()) {
            session[WAITING] = 0;
            return;
        }
        clear(phone.isAnotherDay(day));
        session[TODO] |= SET_WAIT;
    }

    /** Lets the telephone try all networks again. Counted first: lost power may cost a clearing, never give one. */
    private void clear(boolean anotherDay) {
        byte before = anotherDay ? (byte) 0 : cleared;
        if ((short) (before & 0xFF) >= table.setting(Table.CLEARINGS)) {
            return;
        }
        cleared = (byte) (before + 1);
        if (before == 0) {
            session[TODO] |= SET_DAY;
        }
        if (files.forgive()) {
            session[TODO] |= TELL_FORBIDDEN;
        }
    }

    // What the telephone has to do

    /** Asks the telephone for what there is to ask. If it does not listen now, this goes on when it does. */
    void work() {
        try {
            while (session[TODO] != 0) {
                step(session[TODO]);
            }
        } catch (ToolkitException failure) {
            if (failure.getReason() == ToolkitException.HANDLER_NOT_AVAILABLE) {
                registry.setEvent(ToolkitConstants.EVENT_PROACTIVE_HANDLER_AVAILABLE);
            } else {
                session[TODO] = 0;
            }
        }
    }

    private void step(byte todo) {
        if ((byte) (todo & HELP) != 0) {
            help();
            done(HELP);
        } else if ((byte) (todo & SET_WAIT) != 0) {
            phone.timer(waitTimer, session[WAITING] != 0 ? table.setting(Table.WAIT) : (short) 0);
            done(SET_WAIT);
        } else if ((byte) (todo & SET_DAY) != 0) {
            phone.timer(dayTimer, DAY);
            done(SET_DAY);
        } else if ((byte) (todo & TELL_PREFERRED) != 0) {
            phone.refresh(Table.PREFERRED);
            done(TELL_PREFERRED);
        } else {
            phone.refresh(Table.FORBIDDEN);
            done(TELL_FORBIDDEN);
        }
    }

    private void done(byte what) {
        session[TODO] &= (byte) ~what;
    }

    /** The answer to a message, where one is possible. */
    void answer(short word) {
        try {
            EnvelopeResponseHandler response = EnvelopeResponseHandlerSystem.getTheHandler();
            Util.setShort(room, (short) 0, word);
            response.appendArray(room, (short) 0, (short) 2);
            response.post(true);
        } catch (ToolkitException none) {
            return;
        }
    }
}
