package org.simtool.multiimsi;

import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.access.FileView;
import uicc.access.UICCConstants;
import uicc.access.UICCSystem;

/** The files of a subscription. Which of them may be written is what the access domain of the installation says. */
final class Files {
    // What stands in a file of the table: below what it is, the record (0 for none), identifiers behind their length.
    static final byte OF_ADF = 0;
    static final byte OF_CARD = 1;
    static final short RECORD = 1;
    static final short WAY = 3;

    private static final short NO_ADF = 0x6A88;
    private static final short MASTER_FILE = 0x3F00;
    private static final short CURRENT_ADF = 0x7FFF;

    private final Table table;
    private FileView card;
    private FileView adf;

    Files(Table table) {
        this.table = table;
    }

    /** Takes the views that the table needs; they stay for the life of the applet. Throws 6A88 without such an ADF. */
    void open() {
        if (card == null) {
            card = UICCSystem.getTheUICCView(JCSystem.NOT_A_TRANSIENT_OBJECT);
        }
        short place = table.find(Table.ADF);
        if (adf == null && place >= 0) {
            byte[] data = table.data();
            adf = UICCSystem.getTheFileView(
                    data, Table.value(data, place), (byte) Table.size(data, place), JCSystem.NOT_A_TRANSIENT_OBJECT);
            if (adf == null) {
                ISOException.throwIt(NO_ADF);
            }
        }
    }

    /** Writes all files of a subscription. False if one of them is not there or may not be written. */
    boolean write(byte subscription) {
        try {
            open();
            byte[] data = table.data();
            short files = table.find(Table.FILES);
            short contents = table.part(subscription, Table.CONTENTS);
            short many = Table.items(data, files);
            for (short i = 0; i < many; i++) {
                update(data, Table.item(data, files, i), Table.item(data, contents, i));
            }
            return true;
        } catch (CardRuntimeException refused) {
            return false;
        }
    }

    private void update(byte[] data, short file, short content) {
        FileView view = select(data, file);
        byte record = data[(short) (Table.value(data, file) + RECORD)];
        short from = Table.value(data, content);
        short length = Table.size(data, content);
        if (record == 0) {
            view.updateBinary((short) 0, data, from, length);
        } else {
            view.updateRecord(record, UICCConstants.REC_ACC_MODE_ABSOLUTE, (short) 0, data, from, length);
        }
    }

    private FileView select(byte[] data, short file) {
        short value = Table.value(data, file);
        boolean ofAdf = data[value] == OF_ADF;
        FileView view = ofAdf ? adf : card;
        view.select(ofAdf ? CURRENT_ADF : MASTER_FILE);
        short end = Table.end(data, file);
        for (short at = (short) (value + WAY); at < end; at += 2) {
            view.select(Util.getShort(data, at));
        }
        return view;
    }
}
