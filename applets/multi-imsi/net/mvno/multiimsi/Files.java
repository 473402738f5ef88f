package net.mvno.multiimsi;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.access.FileView;
import uicc.access.UICCConstants;
import uicc.access.UICCException;
import uicc.access.UICCSystem;

/** The files of a subscription. Which of them may be written is what the access domain of the installation says. */
final class Files {
    private static final short MASTER_FILE = 0x3F00;
    private static final short CURRENT_ADF = 0x7FFF;

    private final Table table;
    private FileView card;
    private FileView adf;

    Files(Table table) {
        this.table = table;
    }

    /** Takes the views that the table needs. Once: they stay for the life of the applet. Throws 6A88 without the ADF. */
    void open() {
        if (card == null) {
            card = UICCSystem.getTheUICCView(JCSystem.NOT_A_TRANSIENT_OBJECT);
        }
        short at = table.first(Table.ADF);
        if (adf == null && at >= 0) {
            byte[] data = table.data();
            adf = UICCSystem.getTheFileView(
                    data, Table.value(data, at), (byte) Table.size(data, at), JCSystem.NOT_A_TRANSIENT_OBJECT);
            if (adf == null) {
                ISOException.throwIt((short) 0x6A88);
            }
        }
    }

    /** Writes all files of a subscription. False if one of them is not there or may not be written. */
    boolean write(byte subscription) {
        try {
            open();
            short parts = table.subscription(subscription);
            short file = -1;
            short content = table.part(parts, Table.CONTENT);
            for (byte left = table.fileCount(); left > 0; left--) {
                file = table.fileAfter(file);
                update(file, content);
                content = Table.after(table.data(), content);
                content = Table.find(table.data(), content, Table.after(table.data(), parts), Table.CONTENT);
            }
            return true;
        } catch (UICCException refused) {
            return false;
        } catch (ISOException noAdf) {
            return false;
        }
    }

    private void update(short file, short content) {
        byte[] data = table.data();
        FileView view = select(file);
        byte record = data[Table.value(data, file)];
        short from = Table.value(data, content);
        short length = Table.size(data, content);
        if (record == 0) {
            view.updateBinary((short) 0, data, from, length);
        } else {
            view.updateRecord(record, UICCConstants.REC_ACC_MODE_ABSOLUTE, (short) 0, data, from, length);
        }
    }

    /** From the top down; the number of the record comes before the way. */
    private FileView select(short file) {
        byte[] data = table.data();
        boolean ofAdf = data[file] == Table.FILE_OF_ADF;
        FileView view = ofAdf ? adf : card;
        view.select(ofAdf ? CURRENT_ADF : MASTER_FILE);
        short end = Table.after(data, file);
        for (short at = (short) (Table.value(data, file) + 1); at < end; at += 2) {
            view.select(Util.getShort(data, at));
        }
        return view;
    }
}
