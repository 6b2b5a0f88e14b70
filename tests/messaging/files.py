"""Files of every sort that a message may carry, and of sorts that none does, each as small as it can be."""

from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from hub.messaging.attachment import Offered

ODT = "application/vnd.oasis.opendocument.text"


def packed(*names: str, mimetype: str = "") -> bytes:
    """A packed file in which these lie."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "<x/>")
    return made.getvalue()


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
DOCX = packed("[Content_Types].xml", "word/document.xml")
TAKEN = [
    Offered("plan.pdf", PDF),
    Offered("stue 3.PNG", PNG),
    Offered("foto.jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    Offered("note.txt", "Husk nøglen\r\n".encode()),
    Offered("gammel.txt", "Husk nøglen".encode("cp1252")),
    Offered("vagter.csv", b"navn;dag\n"),
    Offered("brev.docx", DOCX),
    Offered("tal.xlsx", packed("[Content_Types].xml", "xl/workbook.xml")),
    Offered("brev.odt", packed("content.xml", mimetype=ODT)),
]
REFUSED = {
    "cannot go with a message": [
        Offered("spil.exe", b"MZ\x90\0"),
        Offered("plan.pdf.exe", PDF),
        Offered("plan", PDF),
        Offered("side.html", b"<script>alert(1)</script>"),
        Offered("tegning.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        Offered("gammel.doc", b"\xd0\xcf\x11\xe0"),
        Offered("gnp\u202efdp.exe", PDF),
        Offered("", PDF),
    ],
    "is not what its name says": [
        Offered("plan.pdf", b"MZ\x90\0"),
        Offered("foto.png", b"<html><script>alert(1)</script>"),
        Offered("brev.docx", packed("noget.xml")),
        Offered("brev.odt", DOCX),
        Offered("note.txt", b"\x7fELF\x02\x01\0\0"),
        Offered("brev.docx", DOCX[:40]),
    ],
    "holds a macro or a program": [
        Offered("brev.docx", packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        Offered("brev.docx", packed("[Content_Types].xml", "word/document.xml", "word/embeddings/oleObject1.bin")),
        Offered("brev.odt", packed("Basic/Standard/Module1.xml", mimetype=ODT)),
    ],
    "is empty": [Offered("plan.pdf", b"")],
}
