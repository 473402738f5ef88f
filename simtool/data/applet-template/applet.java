package $package;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Shareable;
import javacard.framework.Util;

import uicc.toolkit.ProactiveHandler;
import uicc.toolkit.ProactiveHandlerSystem;
import uicc.toolkit.ToolkitConstants;
import uicc.toolkit.ToolkitException;
import uicc.toolkit.ToolkitInterface;
import uicc.toolkit.ToolkitRegistry;
import uicc.toolkit.ToolkitRegistrySystem;

/** One entry in the phone's menu; choosing it shows a text. Title and text are parameters of the manifest. */
public final class $name extends Applet implements ToolkitInterface, ToolkitConstants {
    private static final byte TAG_TITLE = (byte) 0x80;
    private static final byte TAG_MESSAGE = (byte) 0x81;
    /** DISPLAY TEXT: high priority, the user clears the text. */
    private static final byte SHOWN_UNTIL_CLEARED = (byte) 0x81;

    private byte[] title;
    /** Data coding scheme, then the text. */
    private byte[] message;

    /**
     * `buffer` holds, each behind its length, the AID of the instance, its privileges, and the parameters as the
     * manifest says: data objects with tag, length (up to 127 here) and value.
     */
    public static void install(byte[] buffer, short offset, byte length) {
        short privileges = (short) (offset + buffer[offset] + 1);
        short parameters = (short) (privileges + buffer[privileges] + 1);
        $name applet = new $name();
        applet.readParameters(buffer, (short) (parameters + 1), (short) (buffer[parameters] & 0xFF));
        applet.register(buffer, (short) (offset + 1), buffer[offset]);

        ToolkitRegistry registry = ToolkitRegistrySystem.getEntry();
        registry.initMenuEntry(applet.title, (short) 0, (short) applet.title.length, (byte) 0, false, (byte) 0, (short) 0);
    }

    private void readParameters(byte[] buffer, short offset, short length) {
        short end = (short) (offset + length);
        while (offset < end) {
            byte tag = buffer[offset++];
            short size = buffer[offset++];
            byte[] value = new byte[size];
            Util.arrayCopyNonAtomic(buffer, offset, value, (short) 0, size);
            offset += size;
            if (tag == TAG_TITLE) {
                title = value;
            } else if (tag == TAG_MESSAGE) {
                message = value;
            }
        }
        if (title == null || message == null) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    /** The toolkit asks for its interface with no client AID (TS 102 241). */
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return client == null && parameter == (byte) 1 ? this : null;
    }

    public void processToolkit(short event) throws ToolkitException {
        if (event == EVENT_MENU_SELECTION) {
            ProactiveHandler handler = ProactiveHandlerSystem.getTheHandler();
            handler.initDisplayText(SHOWN_UNTIL_CLEARED, message[0], message, (short) 1, (short) (message.length - 1));
            handler.send();
        }
    }

    /** Commands to the applet itself: it can be selected, and no more. */
    public void process(APDU apdu) {
        if (!selectingApplet()) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }
}
