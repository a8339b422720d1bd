/** What a backup says of itself to whoever finds it without our software. Its commands are run by a test. */
export const README = `This is a backup of a ThatDAM library: videos, pictures, sounds, recordings of cameras, and the catalog about them.

With ThatDAM

  thatdam backup list   THIS-FOLDER                    what was backed up, and when
  thatdam backup verify THIS-FOLDER                    reads everything and says whether it is whole
  thatdam restore       THIS-FOLDER --node URL         lays everything out in a new, empty ring

Without it

  generations/  one file per backup. The newest (the last by name) lists the documents of the catalog, and for each its index.
  index/        one line per file: its name, and under "content" the pieces it consists of, in order.
  objects/      the pieces. Each is named by the SHA-256 of its bytes; the first two letters are its folder.

  A file is its pieces, one after the other. To get back clip.mp4, in this folder:

    grep -h '"name":"clip.mp4"' index/*.jsonl | tail -n 1 |
      grep -o '"content":\\[[^]]*' | head -n 1 | grep -oE '[0-9a-f]{64}' |
      while read -r piece; do cat "objects/$(echo "$piece" | cut -c1-2)/$piece"; done > clip.mp4

  The line's "id" is what sha256sum must print for the file. A recording's name is camera/hour (UTC)/session; its pieces make a
  fragmented MP4 that any player plays. A roll (a camera card) has the pieces of all its files in one line. To see all names:

    sed 's/^{"name":"\\([^"]*\\)".*/\\1/' index/*.jsonl | sort -u

  To see whether the pieces are whole:

    find objects -type f | while read -r piece; do echo "$(basename "$piece")  $piece"; done | sha256sum --quiet -c

  Titles, tags, notes and ratings are in the documents: the piece that a generation calls "snapshot" is a Yjs update (yjs.dev) with one
  map per file, named by its id, and a text "<id>/notes". "lists" are the pieces that tell ThatDAM which pieces follow (dag-cbor).
`
