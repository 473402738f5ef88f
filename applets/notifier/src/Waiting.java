package org.simtool.notifier;

import javacard.framework.JCSystem;
import uicc.access.FileView;
import uicc.access.UICCConstants;
import uicc.access.UICCException;
import uicc.access.UICCSystem;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ToolkitConstants;

/** EF.MWIS of the network application: whether voice messages wait, and how many (TS 31.102 §4.2.63). */
final class Waiting {
    private static final short EF_MWIS = 0x6FCA;
    private static final byte FIRST = 1;
    private static final byte VOICEMAIL = 0x01;
    private static final byte NEVER_WRITTEN = (byte) 0xFF;
    private static final byte FILE_CHANGED = 0x01;
    private static final byte COMPREHENSION = (byte) 0x80;
    private static final short LENGTH = 2;
    /** REFRESH's list of files: one file, with its path. */
    private static final byte[] FILES = {1, 0x3F, 0x00, 0x7F, (byte) 0xFF, 0x6F, (byte) 0xCA};

    /** None where the card has no such application; then phones are told by text only. */
    private final FileView files;

    /** Cards give views to applets that are registered, and to no others. */
    Waiting(Parameters parameters) {
        parameters.find(Tags.APPLICATION);
        files = UICCSystem.getTheFileView(
            parameters.bytes, parameters.reader.value(), (byte) parameters.reader.length(),
            JCSystem.CLEAR_ON_RESET);
    }

    /** Writes how many messages wait; whether that was a change. Two bytes of `work` are used. */
    boolean set(byte messages, byte[] work) {
        if (files == null) {
            return false;
        }
        try {
            files.select(EF_MWIS);
            files.readRecord(FIRST, UICCConstants.REC_ACC_MODE_ABSOLUTE, (short) 0, work, (short) 0, LENGTH);
            byte status = work[0] == NEVER_WRITTEN ? 0 : (byte) (work[0] & ~VOICEMAIL);
            if (messages != 0) {
                status = (byte) (status | VOICEMAIL);
            }
            if (work[0] == status && work[1] == messages) {
                return false;
            }
            work[0] = status;
            work[1] = messages;
            files.updateRecord(
                FIRST, UICCConstants.REC_ACC_MODE_ABSOLUTE, (short) 0, work, (short) 0, LENGTH);
            return true;
        } catch (UICCException refused) {
            return false;
        }
    }

    /** Lets the phone read the file again. */
    void tell(ProactiveHandler command) {
        command.init(ToolkitConstants.PRO_CMD_REFRESH, FILE_CHANGED, ToolkitConstants.DEV_ID_TERMINAL);
        command.appendTLV(
            (byte) (ToolkitConstants.TAG_FILE_LIST | COMPREHENSION), FILES, (short) 0, (short) FILES.length);
        command.send();
    }
}
