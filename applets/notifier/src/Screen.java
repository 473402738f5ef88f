package org.simtool.notifier;

import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandler;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;

/** What the user sees of notifications, and the call that may follow. */
final class Screen {
    private static final byte COMPREHENSION = (byte) 0x80;
    private static final byte PLAIN = 0x04;
    private static final byte WAIT_FOR_USER = (byte) 0x80;
    private static final byte YES_OR_NO = 0x04;
    private static final byte YES = 1;

    final Notification notification;
    private final Parameters parameters;
    private final CallList calls;
    private final byte[] work;
    private final Writer writer;

    Screen(Parameters parameters, CallList calls, byte[] work) {
        this.parameters = parameters;
        this.calls = calls;
        this.work = work;
        notification = new Notification(parameters.reader, work);
        writer = new Writer(work);
    }

    static boolean isDone(byte result) {
        return result >= 0 && result < ToolkitConstants.RES_CMD_PERF_SESSION_TERM_USER;
    }

    // One notification

    /** Shows an entry and offers to call back. False where the phone cannot show it now. */
    boolean announce(byte which, short language) {
        byte result = show(calls.at(which), language);
        if (isDone(result) && canCall(calls.at(which)) && isCallWanted(language)) {
            call(calls.at(which));
        }
        return result != ToolkitConstants.RES_TEMP_PB_TERMINAL_UNABLE_PROC;
    }

    /** What happened, who it was, when. */
    private byte show(short entry, short language) {
        byte[] bytes = calls.bytes();
        boolean missed = bytes[(short) (entry + CallList.KIND)] == Tags.KIND_MISSED;
        parameters.findText(missed ? Tags.MISSED : Tags.VOICEMAIL, language);
        writer.begin(parameters.bytes, parameters.reader.value(), parameters.reader.length());
        if (hasNumber(entry)) {
            writer.line();
            writer.number(bytes, (short) (entry + CallList.NUMBER), numberLength(entry));
        }
        if (hasTime(entry)) {
            writer.line();
            writer.time(bytes, (short) (entry + CallList.TIME));
        }
        return display(work[0], work, (short) 1, (short) (writer.length() - 1));
    }

    private byte numberLength(short entry) {
        return calls.bytes()[(short) (entry + CallList.NUMBER_LENGTH)];
    }

    private boolean hasNumber(short entry) {
        return numberLength(entry) > 0;
    }

    /** A month is never 00. */
    private boolean hasTime(short entry) {
        return calls.bytes()[(short) (entry + CallList.TIME + 1)] != 0;
    }

    // Calling back

    private boolean isForMailbox(short entry) {
        return calls.bytes()[(short) (entry + CallList.KIND)] == Tags.KIND_VOICEMAIL && parameters.find(Tags.MAILBOX);
    }

    private boolean canCall(short entry) {
        return isForMailbox(entry) || hasNumber(entry);
    }

    private boolean isCallWanted(short language) {
        parameters.findText(Tags.CALL_BACK, language);
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        short value = parameters.reader.value();
        command.initGetInkey(
            YES_OR_NO, parameters.bytes[value], parameters.bytes, (short) (value + 1),
            (short) (parameters.reader.length() - 1));
        if (!isDone(command.send())) {
            return false;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        return response.findTLV(ToolkitConstants.TAG_TEXT_STRING, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND
            && response.getValueLength() > 1
            && response.getValueByte((short) 1) == YES;
    }

    /** The mailbox for a voice message where there is one; else who called. */
    private void call(short entry) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(ToolkitConstants.PRO_CMD_SET_UP_CALL, (byte) 0, ToolkitConstants.DEV_ID_NETWORK);
        byte tag = (byte) (ToolkitConstants.TAG_ADDRESS | COMPREHENSION);
        if (isForMailbox(entry)) {
            command.appendTLV(tag, parameters.bytes, parameters.reader.value(), parameters.reader.length());
        } else {
            command.appendTLV(tag, calls.bytes(), (short) (entry + CallList.NUMBER), numberLength(entry));
        }
        command.send();
    }

    // The list

    /** Lets the user go through the list until he has seen enough. */
    void list(short language) {
        if (calls.count() == 0) {
            parameters.findText(Tags.EMPTY, language);
            short value = parameters.reader.value();
            display(
                parameters.bytes[value], parameters.bytes, (short) (value + 1),
                (short) (parameters.reader.length() - 1));
            return;
        }
        while (isDone(choose(language))) {
            byte which = (byte) (ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier() - 1);
            if (which < 0 || which >= calls.count()) {
                return;
            }
            announce(which, language);
        }
    }

    private byte choose(short language) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(ToolkitConstants.PRO_CMD_SELECT_ITEM, (byte) 0, ToolkitConstants.DEV_ID_TERMINAL);
        parameters.findText(Tags.TITLE, language);
        command.appendTLV(
            (byte) (ToolkitConstants.TAG_ALPHA_IDENTIFIER | COMPREHENSION), parameters.bytes,
            parameters.reader.value(), parameters.reader.length());
        for (byte which = 0; which < calls.count(); which++) {
            writeItem(calls.at(which));
            command.appendTLV(
                (byte) (ToolkitConstants.TAG_ITEM | COMPREHENSION), (byte) (which + 1), work, (short) 1,
                writer.itemLength());
        }
        return command.send();
    }

    /** Who called; where that is not known, when. */
    private void writeItem(short entry) {
        work[0] = PLAIN;
        writer.begin(work, (short) 0, (short) 1);
        if (hasNumber(entry)) {
            writer.number(calls.bytes(), (short) (entry + CallList.NUMBER), numberLength(entry));
        } else {
            writer.time(calls.bytes(), (short) (entry + CallList.TIME));
        }
    }

    private byte display(byte coding, byte[] text, short offset, short length) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initDisplayText(WAIT_FOR_USER, coding, text, offset, length);
        return command.send();
    }
}
