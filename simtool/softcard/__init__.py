"""The software UICC, card side only: it never imports the terminal's packages."""
