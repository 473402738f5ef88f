"""The packages of Visa that came before GlobalPlatform."""
