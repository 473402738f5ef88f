package org.simtool.steering;

import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.access.FileView;
import uicc.access.UICCSystem;

/** The lists of networks in the files of the ADF: the preferred ones, and those that the telephone was refused by. */
final class Files {
    private static final short NO_ADF = 0x6A88;
    private static final short CURRENT_ADF = 0x7FFF;
    private static final short EF_HPPLMN = 0x6F31;
    private static final short FCP_ROOM = 64;
    private static final byte FCP_SIZE = (byte) 0x80;
    private static final short PLMN = 3;

    /** No network, no technology; without its end: no network in the other list. */
    private static final byte[] NOTHING = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0, 0};

    private final Table table;
    private final byte[] fcp;
    private FileView adf;

    Files(Table table) {
        this.table = table;
        fcp = JCSystem.makeTransientByteArray(FCP_ROOM, JCSystem.CLEAR_ON_RESET);
    }

    /** Takes the view, once, for the life of the applet. Throws 6A88 without such an ADF. */
    void open() {
        if (adf == null) {
            short place = table.find(Table.ADF);
            adf = UICCSystem.getTheFileView(
                    table.data(), table.value(place), (byte) table.size(place), JCSystem.NOT_A_TRANSIENT_OBJECT);
        }
        if (adf == null) {
            ISOException.throwIt(NO_ADF);
        }
    }

    /** The networks of the table, as many as the file takes, then nothing; and how often to look for better ones. */
    boolean prefer() {
        try {
            short size = select(Table.PREFERRED);
            short place = table.find(Table.NETWORKS);
            short many = table.size(place);
            if (many > size) {
                many = (short) (size - (short) (size % Table.ENTRY));
            }
            adf.updateBinary((short) 0, table.data(), table.value(place), many);
            fill(many, size, Table.ENTRY);
            period();
            return true;
        } catch (CardRuntimeException refused) {
            return false;
        }
    }

    private void period() {
        short place = table.find(Table.PERIOD);
        if (place >= 0) {
            adf.select(CURRENT_ADF);
            adf.select(EF_HPPLMN);
            adf.updateBinary((short) 0, table.data(), table.value(place), (short) 1);
        }
    }

    boolean forgive() {
        try {
            short size = select(Table.FORBIDDEN);
            fill((short) 0, size, PLMN);
            return true;
        } catch (CardRuntimeException refused) {
            return false;
        }
    }

    private void fill(short from, short size, short entry) {
        for (short at = from; at <= (short) (size - entry); at += entry) {
            adf.updateBinary(at, NOTHING, (short) 0, entry);
        }
    }

    /** Selects a file of the table; gives its size. */
    private short select(byte tag) {
        open();
        short place = table.find(tag);
        short at = table.value(place);
        short last = (short) (at + table.size(place) - 2);
        adf.select(CURRENT_ADF);
        for (; at < last; at += 2) {
            adf.select(Util.getShort(table.data(), at));
        }
        adf.select(Util.getShort(table.data(), last), fcp, (short) 0, FCP_ROOM);
        return sizeIn();
    }

    /** The file size of the FCP (TS 102 221 §11.1.1.4.1), 0 if it does not tell. */
    private short sizeIn() {
        short end = (short) (2 + fcp[1]);
        for (short at = 2; at < end && at < (short) (FCP_ROOM - 3); at += (short) (2 + fcp[(short) (at + 1)])) {
            if (fcp[at] == FCP_SIZE) {
                return Util.getShort(fcp, (short) (at + 2));
            }
        }
        return 0;
    }
}
