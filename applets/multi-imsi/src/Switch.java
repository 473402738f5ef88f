package org.simtool.multiimsi;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.toolkit.EnvelopeHandler;
import uicc.toolkit.EnvelopeResponseHandler;
import uicc.toolkit.EnvelopeResponseHandlerSystem;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitRegistry;
import uicc.usim.toolkit.ToolkitConstants;

/**
 * Which subscription the card has, and how it gets another one.
 *
 * A switch: `target` is set, its files are written, it becomes the `current` one, the telephone is asked to read the
 * files anew, and the subscription is on trial until a network takes it. Each step is kept, so that the next start goes
 * on where power was lost. Against going to and fro: another country has to last for some minutes, and what no network
 * took is not tried again in the same country.
 */
final class Switch {
    static final byte HOME = 0;

    // How far the last switch has got.
    private static final byte REST = 0;
    private static final byte REFRESHING = 1;
    private static final byte TRYING = 2;

    // What is to be asked of the telephone as soon as it listens.
    private static final byte SET_TIMER = 0x01;
    private static final byte REFRESH = 0x02;
    private static final byte LOCATE = 0x04;

    // What is where in `session`, which is forgotten when the card is reset.
    private static final short TODO = 0;
    private static final short WAITING = 1;
    private static final short CANDIDATE = 2;
    private static final short MINUTES = 3;
    private static final short DELAY = 4;
    private static final short REFUSALS = 5;
    private static final short PLACE = 6;
    private static final short SCRATCH = 9;
    private static final short SESSION_LENGTH = 12;

    private static final byte AT_ONCE = 0;
    private static final byte SERVICE_NORMAL = 0;
    private static final byte SERVICE_LIMITED = 1;
    private static final byte MOST_REFUSALS = 10;
    private static final byte CHOICE_OF_AUTOMATIC = 1;
    private static final byte CHOICE_OF_FIRST = 2;
    private static final short PLMN = 3;

    private final Table table;
    private final Files files;
    private final Phone phone;
    private final ToolkitRegistry registry;
    private final byte timer;
    private final byte[] session;

    /** Whose files are on the card, and whose are to be. */
    private byte current;
    private byte target;
    /** Files are being written: they may be of two subscriptions until this is false again. */
    private boolean mixed;
    private byte phase;
    /** The user has chosen, so where the telephone is does not matter. */
    private boolean manual;
    /** Subscriptions that did not work in `country`, a bit for each; `country` is a network there. */
    private byte failed;
    private final byte[] country;

    Switch(Table table, ToolkitRegistry registry, byte timer) {
        this.table = table;
        this.registry = registry;
        this.timer = timer;
        files = new Files(table);
        phone = new Phone(table);
        country = new byte[PLMN];
        session = JCSystem.makeTransientByteArray(SESSION_LENGTH, JCSystem.CLEAR_ON_RESET);
    }

    /** With the table of the installation. What the card has now nobody knows. Throws 6A88 without the table's ADF. */
    void open() {
        files.open();
        mixed = true;
    }

    /** The applet is deleted. */
    void leaveCard() {
        if (table.count() != 0 && (mixed || current != HOME)) {
            files.write(HOME);
        }
    }

    // The switch

    private void to(byte subscription) {
        session[WAITING] = 0;
        JCSystem.beginTransaction();
        target = subscription;
        mixed = true;
        if (session[PLACE] != 0) {
            Util.arrayCopy(session, PLACE, country, (short) 0, PLMN);
        }
        JCSystem.commitTransaction();
        finish();
    }

    /** Writes the files that may be of two subscriptions. If those wanted cannot be written, the old ones come back. */
    void finish() {
        if (!mixed) {
            return;
        }
        if (!files.write(target)) {
            JCSystem.beginTransaction();
            failed |= bit(target);
            target = current;
            JCSystem.commitTransaction();
            mixed = !files.write(current);
            return;
        }
        JCSystem.beginTransaction();
        current = target;
        mixed = false;
        phase = REFRESHING;
        JCSystem.commitTransaction();
        session[REFUSALS] = 0;
        session[TODO] |= REFRESH;
    }

    /** The new table of Table is right: use it. The files are written anew, for they may be others. */
    void replace() {
        JCSystem.beginTransaction();
        table.use();
        if (current >= table.count()) {
            current = HOME;
        }
        target = current;
        failed = 0;
        manual = false;
        mixed = true;
        JCSystem.commitTransaction();
        finish();
    }

    /** The telephone has read the files of the current subscription, or will do so because it has just started. */
    private void refreshed() {
        boolean home = current == HOME;
        phase = home ? REST : TRYING;
        setTimer(home ? (short) 0 : table.setting(Table.TRIAL));
    }

    private void taken() {
        phase = REST;
        setTimer((short) 0);
    }

    private void notTaken() {
        JCSystem.beginTransaction();
        failed |= bit(current);
        manual = false;
        phase = REST;
        JCSystem.commitTransaction();
        to(HOME);
    }

    private static byte bit(byte subscription) {
        return (byte) ((short) 1 << subscription);
    }

    // What happens

    /** TERMINAL PROFILE. */
    void started() {
        finish();
        session[TODO] = 0;
        session[WAITING] = 0;
        if (phase != REST) {
            refreshed();
        }
        work();
    }

    /** Event "location status". Without normal service it does not tell where, so this is asked for. */
    void located(EnvelopeHandler envelope) {
        byte found = envelope.findTLV(ToolkitConstants.TAG_LOCATION_STATUS, (byte) 1);
        if (found == ToolkitConstants.TLV_NOT_FOUND || table.count() == 0 || phase == REFRESHING) {
            return;
        }
        byte service = envelope.getValueByte((short) 0);
        if (service == SERVICE_NORMAL) {
            inService(envelope);
        } else if (service == SERVICE_LIMITED && phase == REST) {
            locate(Table.RESCUE);
        }
        work();
    }

    private void inService(EnvelopeHandler envelope) {
        if (phase == TRYING) {
            taken();
        }
        byte found = envelope.findTLV(ToolkitConstants.TAG_LOCATION_INFORMATION, (byte) 1);
        if (found == ToolkitConstants.TLV_NOT_FOUND || envelope.getValueLength() < PLMN) {
            locate(Table.SETTLE);
            return;
        }
        envelope.copyValue((short) 0, session, PLACE, PLMN);
        consider(Table.SETTLE);
    }

    void expired() {
        if (phase == REFRESHING) {
            session[TODO] |= REFRESH;
        } else if (phase == TRYING) {
            locate(AT_ONCE);
        } else if (session[WAITING] != 0) {
            to(session[CANDIDATE]);
        }
        work();
    }

    /** Our item of the menu. */
    void chosen() {
        byte now = manual ? (byte) (current + CHOICE_OF_FIRST) : CHOICE_OF_AUTOMATIC;
        byte choice = phone.choose(now);
        if (choice <= 0 || choice >= (byte) (table.count() + CHOICE_OF_FIRST)) {
            return;
        }
        JCSystem.beginTransaction();
        manual = choice != CHOICE_OF_AUTOMATIC;
        failed = 0;
        JCSystem.commitTransaction();
        if (!manual) {
            locate(AT_ONCE);
        } else {
            leave();
            byte subscription = (byte) (choice - CHOICE_OF_FIRST);
            if (subscription != current) {
                to(subscription);
            }
        }
        work();
    }

    // Where the telephone is

    private void locate(byte delay) {
        session[DELAY] = delay;
        session[TODO] |= LOCATE;
    }

    /** The answer to PROVIDE LOCAL INFORMATION: on trial it tells whether a network has taken us, otherwise where. */
    private void placed(byte result) {
        if (phase == TRYING) {
            if (result == Phone.NORMAL_SERVICE) {
                taken();
            } else {
                notTaken();
            }
        } else if (result != Phone.NOT_DONE) {
            consider(session[DELAY]);
        } else if (session[DELAY] == Table.RESCUE && !manual) {
            propose(HOME, Table.RESCUE);
        }
    }

    private void consider(byte delay) {
        if (manual || phase != REST) {
            return;
        }
        if (failed != 0 && !Table.sameCountry(country, (short) 0, session, PLACE)) {
            failed = 0;
        }
        byte best = table.choose(session, PLACE);
        propose((byte) (failed & bit(best)) != 0 ? HOME : best, delay);
    }

    /** Another subscription would be better here: if it stays so for the time of the setting, it is taken. */
    private void propose(byte best, byte delay) {
        if (best == current) {
            leave();
            return;
        }
        if (session[WAITING] != 0 && session[CANDIDATE] == best && delay != AT_ONCE) {
            return;
        }
        short minutes = delay == AT_ONCE ? (short) 0 : table.setting(delay);
        if (minutes == 0) {
            leave();
            to(best);
            return;
        }
        session[CANDIDATE] = best;
        session[WAITING] = 1;
        setTimer(minutes);
    }

    private void leave() {
        if (session[WAITING] != 0) {
            session[WAITING] = 0;
            setTimer((short) 0);
        }
    }

    // What the telephone has to do

    private void setTimer(short minutes) {
        session[MINUTES] = (byte) minutes;
        session[TODO] |= SET_TIMER;
    }

    /** Asks the telephone for what there is to ask. If it does not listen now, this goes on when it does. */
    void work() {
        try {
            while (session[TODO] != 0) {
                step();
            }
        } catch (ToolkitException failure) {
            if (failure.getReason() == ToolkitException.HANDLER_NOT_AVAILABLE) {
                registry.setEvent(ToolkitConstants.EVENT_PROACTIVE_HANDLER_AVAILABLE);
            } else {
                session[TODO] = 0;
            }
        }
    }

    private void step() {
        byte todo = session[TODO];
        if ((byte) (todo & SET_TIMER) != 0) {
            phone.timer(timer, (short) (session[MINUTES] & 0xFF), session, SCRATCH);
            done(SET_TIMER);
        } else if ((byte) (todo & REFRESH) != 0) {
            boolean good = phone.refresh();
            done(REFRESH);
            afterRefresh(good);
        } else {
            byte result = phone.locate(session, PLACE);
            done(LOCATE);
            placed(result);
        }
    }

    private void done(byte what) {
        session[TODO] &= (byte) ~what;
    }

    /** A telephone that is busy is asked again every minute, for some minutes; then its next start has to do. */
    private void afterRefresh(boolean good) {
        if (good) {
            refreshed();
        } else if (session[REFUSALS] < MOST_REFUSALS) {
            session[REFUSALS]++;
            setTimer((short) 1);
        }
    }

    /** The answer to a message, where one is possible. */
    void answer(short word) {
        try {
            EnvelopeResponseHandler response = EnvelopeResponseHandlerSystem.getTheHandler();
            Util.setShort(session, SCRATCH, word);
            response.appendArray(session, SCRATCH, (short) 2);
            response.post(true);
        } catch (ToolkitException none) {
            return;
        }
    }
}
