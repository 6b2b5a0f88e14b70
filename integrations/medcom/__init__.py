"""MedCom's messages: CareCommunication 5.0 written and read, acknowledgements, and the older XDIS91 read."""
