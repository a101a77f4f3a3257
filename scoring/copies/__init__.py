"""The graded copy as a PDF: plain data and scanned pages in, bytes out."""
