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

    private static final byte COMPREHENSION = (byte) 0x80;
    private static final byte AS_THE_PHONE_LIKES = 0;
    private static final byte YES_OR_NO = 0x04;
    private static final byte YES = 1;
    private static final byte DIGITS_ONLY = 0;
    private static final byte WAIT_FOR_USER = (byte) 0x80;
    private static final byte AUTOMATIC_ITEM = 0x7F;

    private final ServiceMenu menu;
    private final MenuData data;
    private final Reader reader;
    private final byte[] work;
    private final short[] places;
    private final Outgoing outgoing;

    Session(ServiceMenu menu, MenuData data, byte[] work) {
        this.menu = menu;
        this.data = data;
        this.work = work;
        reader = data.reader;
        places = JCSystem.makeTransientShortArray((short) (PLACE * (Tags.DEPTH + 1)), JCSystem.CLEAR_ON_RESET);
        outgoing = new Outgoing(data, work);
    }

    /** From the first list until the user is done. */
    void open() {
        if (!data.find(Tags.TITLE)) {
            return;
        }
        places[HEADING] = reader.value();
        places[HEADING_END] = reader.end();
        data.find(Tags.ITEMS);
        places[LIST] = reader.value();
        places[LIST_END] = reader.end();
        short at = 0;
        while (at >= 0) {
            byte result = choose(at);
            if (result == ToolkitConstants.RES_CMD_PERF_BACKWARD_MOVE_REQ) {
                at -= PLACE;
            } else if (isDone(result)) {
                at = enter(at, ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier());
            } else {
                at = AWAY;
            }
        }
    }

    static boolean isDone(byte result) {
        return result >= 0 && result < ToolkitConstants.RES_CMD_PERF_SESSION_TERM_USER;
    }

    // Lists

    /** Shows a list; the phone's result. */
    private byte choose(short at) {
        ProactiveHandler command = begin(ToolkitConstants.PRO_CMD_SELECT_ITEM, ToolkitConstants.DEV_ID_TERMINAL);
        reader.text(data.bytes(), menu.language(), places[(short) (at + HEADING)], places[(short) (at + HEADING_END)]);
        append(command, ToolkitConstants.TAG_ALPHA_IDENTIFIER);
        short item = places[(short) (at + LIST)];
        byte number = 1;
        while (item < places[(short) (at + LIST_END)]) {
            reader.open(data.bytes(), item, places[(short) (at + LIST_END)]);
            item = reader.end();
            findText(Tags.TEXT, reader.value(), item);
            appendItem(command, number);
            number++;
        }
        return command.send();
    }

    private void appendItem(ProactiveHandler command, byte number) {
        command.appendTLV(
            (byte) (ToolkitConstants.TAG_ITEM | COMPREHENSION), number, data.bytes(), reader.value(), reader.length());
    }

    /** Does what the chosen item is for. The place of the list to be shown next, or AWAY. */
    private short enter(short at, byte number) {
        short item = places[(short) (at + LIST)];
        short limit = places[(short) (at + LIST_END)];
        do {
            if (!reader.open(data.bytes(), item, limit)) {
                return AWAY;
            }
            item = reader.end();
            number--;
        } while (number > 0);
        short start = reader.value();
        limit = reader.end();
        if (reader.find(data.bytes(), Tags.SUBMENU, start, limit)) {
            return goDown(at, start, limit);
        }
        if (reader.find(data.bytes(), Tags.SHOW, start, limit)) {
            return isDone(show(Tags.SHOW, start, limit)) ? at : AWAY;
        }
        if (reader.find(data.bytes(), Tags.LANGUAGE, start, limit)) {
            return chooseLanguage(start, limit) ? at : AWAY;
        }
        return act(start, limit) ? AWAY : at;
    }

    private short goDown(short at, short start, short limit) {
        at += PLACE;
        places[(short) (at + LIST)] = reader.value();
        places[(short) (at + LIST_END)] = reader.end();
        reader.find(data.bytes(), Tags.TEXT, start, limit);
        places[(short) (at + HEADING)] = reader.value();
        places[(short) (at + HEADING_END)] = reader.end();
        return at;
    }

    // Actions

    /** Asks what the item asks, then sends what it sends. False where the user went back. */
    private boolean act(short start, short limit) {
        if (reader.find(data.bytes(), Tags.ASK, start, limit) && !isWanted(start, limit)) {
            return false;
        }
        short typed = 0;
        if (reader.find(data.bytes(), Tags.INPUT, start, limit)) {
            typed = ask(start, limit);
            if (typed < 0) {
                return false;
            }
        }
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        boolean message = outgoing.prepare(command, start, limit, menu.language(), typed);
        report(command.send(), message);
        return true;
    }

    /** Yes or no. */
    private boolean isWanted(short start, short limit) {
        findText(Tags.ASK, start, limit);
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initGetInkey(
            YES_OR_NO, data.bytes()[reader.value()], data.bytes(), (short) (reader.value() + 1),
            (short) (reader.length() - 1));
        if (!isDone(command.send())) {
            return false;
        }
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        return response.findTLV(ToolkitConstants.TAG_TEXT_STRING, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND
            && response.getValueByte((short) 1) == YES;
    }

    /** Lets the user type digits, into the end of the work space; how many, or -1. */
    private short ask(short start, short limit) {
        short last = (short) (reader.end() - 2);
        reader.open(data.bytes(), reader.value(), reader.end());
        reader.text(data.bytes(), menu.language(), reader.value(), reader.end());
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initGetInput(
            DIGITS_ONLY, data.bytes()[reader.value()], data.bytes(), (short) (reader.value() + 1),
            (short) (reader.length() - 1), (short) (data.bytes()[last] & 0xFF),
            (short) (data.bytes()[(short) (last + 1)] & 0xFF));
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
    private void report(byte result, boolean message) {
        ProactiveResponseHandler response = ProactiveResponseHandlerSystem.getTheHandler();
        boolean done = isDone(result);
        if (done && response.findTLV(ToolkitConstants.TAG_TEXT_STRING, (byte) 1) != ToolkitConstants.TLV_NOT_FOUND) {
            short length = response.getTextStringLength();
            byte coding = response.getTextStringCodingScheme();
            if (length > 0 && length <= (short) work.length) {
                response.copyTextString(work, (short) 0);
                display(coding, work, (short) 0, length);
            }
        } else if ((!done || message) && data.findText(done ? Tags.DONE : Tags.FAILED, menu.language())) {
            display(data.bytes()[reader.value()], data.bytes(), (short) (reader.value() + 1),
                (short) (reader.length() - 1));
        }
    }

    // Language

    /** False where the user has left. */
    private boolean chooseLanguage(short start, short limit) {
        ProactiveHandler command = begin(ToolkitConstants.PRO_CMD_SELECT_ITEM, ToolkitConstants.DEV_ID_TERMINAL);
        findText(Tags.TEXT, start, limit);
        append(command, ToolkitConstants.TAG_ALPHA_IDENTIFIER);
        if (data.findText(Tags.AUTOMATIC, menu.language())) {
            appendItem(command, AUTOMATIC_ITEM);
        }
        byte number = 1;
        short row = languages();
        short end = reader.end();
        while (row < end) {
            reader.open(data.bytes(), row, end);
            row = reader.end();
            reader.open(data.bytes(), (short) (reader.value() + 2), row);
            appendItem(command, number);
            number++;
        }
        byte result = command.send();
        if (isDone(result)) {
            menu.choose(languageOf(ProactiveResponseHandlerSystem.getTheHandler().getItemIdentifier()));
            return true;
        }
        return result == ToolkitConstants.RES_CMD_PERF_BACKWARD_MOVE_REQ;
    }

    /** Where the list of languages begins; the reader knows its end. */
    private short languages() {
        return data.find(Tags.LANGUAGES) ? reader.value() : reader.end();
    }

    private short languageOf(byte number) {
        short row = languages();
        short end = reader.end();
        while (number != AUTOMATIC_ITEM && row < end) {
            reader.open(data.bytes(), row, end);
            row = reader.end();
            number--;
            if (number == 0) {
                return Util.getShort(data.bytes(), reader.value());
            }
        }
        return 0;
    }

    // Commands

    private ProactiveHandler begin(byte type, byte device) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.init(type, AS_THE_PHONE_LIKES, device);
        return command;
    }

    /** A text of an item, in the language. */
    private boolean findText(byte tag, short start, short limit) {
        return reader.find(data.bytes(), tag, start, limit)
            && reader.text(data.bytes(), menu.language(), reader.value(), reader.end());
    }

    private void append(ProactiveHandler command, byte tag) {
        command.appendTLV((byte) (tag | COMPREHENSION), data.bytes(), reader.value(), reader.length());
    }

    private byte show(byte tag, short start, short limit) {
        findText(tag, start, limit);
        return display(
            data.bytes()[reader.value()], data.bytes(), (short) (reader.value() + 1), (short) (reader.length() - 1));
    }

    private byte display(byte coding, byte[] text, short offset, short length) {
        ProactiveHandler command = ProactiveHandlerSystem.getTheHandler();
        command.initDisplayText(WAIT_FOR_USER, coding, text, offset, length);
        return command.send();
    }
}
