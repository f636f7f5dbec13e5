"""OFD documents (GB/T 33190, 版式文档): their glyphs; `readers.layout` puts them in order."""
