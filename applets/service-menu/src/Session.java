package org.simtool.servicemenu;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ProactiveResponseHandler;
import uicc.toolkit.ProactiveResponseHandlerSystem;
import uicc.toolkit.ToolkitConstants;

/** A user in the menu: lists to choose from, one inside the other, and what the chosen item does. */
final class Session {
    /** For each list where its heading and its items begin and end. */
    private static final short PLACE = 4;
    private static final short HEADING = 0;
    private static final short HEADING_END = 1;
    private static final short LIST = 2;
    private static final short LIST_END = 3;
    private static final short AWAY = -1;

    private static final byte AS_THE_PHONE_LIKES = 0;
    private static final byte YES_OR_NO = 0x04;
    private static final byte YES = 1;
    private static final byte DIGITS_ONLY = 0;
    private static final byte WAIT_FOR_USER = (byte) 0x80;
    private static final byte AUTOMATIC_ITEM = 0x7F;

    private final ServiceMenu menu;
    private final MenuData data;
    private final byte[] work;
    private final short[] places;
    private final Outgoing outgoing;

    Session(ServiceMenu menu, MenuData data, byte[] work) {
        this.menu = menu;
        this.data = data;
        this.work = work;
        places = JCSystem.makeTransientShortArray((short) (PLACE * (Tags.DEPTH + 1)), JCSystem.CLEAR_ON_RESET);
        outgoing = new Outgoing(work);
    }

    /** From the first list until the user is done. */
    void open() {
        Reader reader = data.reader();
        if (!data.find(Tags.TITLE)) {
            return;
        }
        noteHeading(reader, (short) 0);
        data.find(Tags.ITEMS);
        noteList(reader, (short) 0);
        short at = 0;
        while (at >= 0) {
            byte result = choose(reader, at);
            if (result == ToolkitConstants.RES_CMD_PERF_BACKWARD_MOVE_REQ) {
                at -= PLACE;
            } else if (isDone(result)) {
                at = enter(reader, at, ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier());
            } else {
                at = AWAY;
            }
        }
    }

    static boolean isDone(byte result) {
        return result >= 0 && result < ToolkitConstants.RES_CMD_PERF_SESSION_TERM_USER;
    }

    private void noteHeading(Reader reader, short at) {
        places[(short) (at + HEADING)] = reader.value();
        places[(short) (at + HEADING_END)] = reader.end();
    }

    private void noteList(Reader reader, short at) {
        places[(short) (at + LIST)] = reader.value();
        places[(short) (at + LIST_END)] = reader.end();
    }

    // Lists

    /** Shows a list; the phone's result. */
    private byte choose(Reader reader, short at) {
        reader.text(menu.language(), places[(short) (at + HEADING)], places[(short) (at + HEADING_END)]);
        ProactiveHandler command = beginList(reader);
        short item = places[(short) (at + LIST)];
        short limit = places[(short) (at + LIST_END)];
        byte number = 1;
        while (item < limit) {
            reader.open(item, limit);
            item = reader.end();
            reader.findText(Tags.TEXT, menu.language(), reader.value(), item);
            reader.appendItem(command, number);
            number++;
        }
        return command.send();
    }

    /** SELECT ITEM under what the reader has found. */
    private static ProactiveHandler beginList(Reader reader) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(ToolkitConstants.PRO_CMD_SELECT_ITEM, AS_THE_PHONE_LIKES, ToolkitConstants.DEV_ID_TERMINAL);
        reader.append(command, ToolkitConstants.TAG_ALPHA_IDENTIFIER);
        return command;
    }

    /** Does what the chosen item is for. The place of the list to be shown next, or AWAY. */
    private short enter(Reader reader, short at, byte number) {
        short item = places[(short) (at + LIST)];
        short limit = places[(short) (at + LIST_END)];
        do {
            if (number <= 0 || !reader.open(item, limit)) {
                return AWAY;
            }
            item = reader.end();
            number--;
        } while (number != 0);
        short start = reader.value();
        limit = reader.end();
        if (reader.find(Tags.SUBMENU, start, limit)) {
            at += PLACE;
            noteList(reader, at);
            reader.find(Tags.TEXT, start, limit);
            noteHeading(reader, at);
            return at;
        }
        boolean stays;
        if (reader.findText(Tags.SHOW, menu.language(), start, limit)) {
            stays = isDone(display(reader));
        } else if (reader.find(Tags.LANGUAGE, start, limit)) {
            stays = chooseLanguage(reader, start, limit);
        } else {
            stays = !act(reader, start, limit);
        }
        return stays ? at : AWAY;
    }

    // Actions

    /** Asks what the item asks, then sends what it sends. False where the user went back. */
    private boolean act(Reader reader, short start, short limit) {
        if (reader.findText(Tags.ASK, menu.language(), start, limit) && !isWanted(reader)) {
            return false;
        }
        short typed = 0;
        if (reader.find(Tags.INPUT, start, limit)) {
            typed = ask(reader);
            if (typed < 0) {
                return false;
            }
        }
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        boolean message = outgoing.prepare(command, reader, start, limit, menu.language(), typed);
        report(reader, command.send(), message);
        return true;
    }

    /** Yes or no to what was found last. */
    private static boolean isWanted(Reader reader) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initGetInkey(YES_OR_NO, reader.coding(), reader.bytes, reader.letters(), reader.letterCount());
        if (!isDone(command.send())) {
            return false;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        return response.findTLV(ToolkitConstants.TAG_TEXT_STRING, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND
            && response.getValueByte((short) 1) == YES;
    }

    /** Lets the user type digits, into the end of the work space; how many, or -1. */
    private short ask(Reader reader) {
        short numbers = (short) (reader.end() - 2);
        reader.open(reader.value(), reader.end());
        reader.text(menu.language(), reader.value(), reader.end());
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initGetInput(
            DIGITS_ONLY, reader.coding(), reader.bytes, reader.letters(), reader.letterCount(),
            reader.bytes[numbers], reader.bytes[(short) (numbers + 1)]);
        if (!isDone(command.send())) {
            return -1;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        short length = response.getTextStringLength();
        if (length > Outgoing.TYPED_MOST) {
            return -1;
        }
        response.copyTextString(work, Outgoing.TYPED);
        return length;
    }

    /** What the network answered to a code; for other things whether it went well, where the menu has a text for that. */
    private void report(Reader reader, byte result, boolean message) {
        boolean done = isDone(result);
        if (done && showAnswer()) {
            return;
        }
        if ((!done || message) && data.findText(done ? Tags.DONE : Tags.FAILED, menu.language())) {
            display(reader);
        }
    }

    /** Shows the text that came with the last response; false where there was none. */
    private boolean showAnswer() {
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        if (response.findTLV(ToolkitConstants.TAG_TEXT_STRING, (byte) 1) == ToolkitConstants.TLV_NOT_FOUND) {
            return false;
        }
        short length = response.getTextStringLength();
        if (length > 0 && length <= (short) work.length) {
            byte coding = response.getTextStringCodingScheme();
            response.copyTextString(work, (short) 0);
            display(coding, work, (short) 0, length);
        }
        return true;
    }

    // Language

    /** False where the user has left. */
    private boolean chooseLanguage(Reader reader, short start, short limit) {
        reader.findText(Tags.TEXT, menu.language(), start, limit);
        ProactiveHandler command = beginList(reader);
        if (data.findText(Tags.AUTOMATIC, menu.language())) {
            reader.appendItem(command, AUTOMATIC_ITEM);
        }
        if (data.find(Tags.LANGUAGES)) {
            short row = reader.value();
            limit = reader.end();
            for (byte number = 1; row < limit; number++) {
                reader.open(row, limit);
                row = reader.end();
                reader.open((short) (reader.value() + 2), row);
                reader.appendItem(command, number);
            }
        }
        byte result = command.send();
        if (isDone(result)) {
            menu.choose(languageOf(reader, ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier()));
            return true;
        }
        return result == ToolkitConstants.RES_CMD_PERF_BACKWARD_MOVE_REQ;
    }

    /** 0 where the choice is left to the phone. */
    private short languageOf(Reader reader, byte number) {
        if (number == AUTOMATIC_ITEM || !data.find(Tags.LANGUAGES)) {
            return 0;
        }
        short row = reader.value();
        short limit = reader.end();
        while (reader.open(row, limit)) {
            number--;
            if (number == 0) {
                return Util.getShort(reader.bytes, reader.value());
            }
            row = reader.end();
        }
        return 0;
    }

    // The screen

    /** Shows what was found last. */
    private static byte display(Reader reader) {
        return display(reader.coding(), reader.bytes, reader.letters(), reader.letterCount());
    }

    private static byte display(byte coding, byte[] text, short offset, short length) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initDisplayText(WAIT_FOR_USER, coding, text, offset, length);
        return command.send();
    }
}
