/** How the commands about cards are written. */
export const OFFLOAD_HELP = {
  offload: {
    purpose: 'copy a camera card, verified, into the ring and to folders',
    usage: 'thatdam offload CARD [--name N] [--to DIR]… [--no-ring] [--source] [--hash FORMAT]… [--operator NAME] [--location TEXT] [--comment TEXT] --node URL [--json]',
    details: `CARD               folder that the card is mounted at, on the node's machine: one of "thatdam rolls cards", or in a folder of "thatdam paths"
--name N           what the roll is called (the folder's name)
--to DIR           also copy to DIR/N on the node's machine, read back and compared; an ASC MHL history is written into it
--no-ring          only to folders, on this machine; needs no node
--source           read the card a second time, past the page cache, and compare; what the roll gets later is read twice, too
--hash FORMAT      xxh128, md5, c4, sha1, xxh3 or xxh64; may be repeated (xxh128, md5 and c4)
--operator, --location, --comment   for the history and the report
Run it again when the card was pulled, or when it has new files: what is verified is not read again.
A folder that fails is left out and told, the others go on. Nothing is begun where there is not room for all.
Exit code 1 when a file could not be copied or verified.`
  },
  rolls: {
    purpose: 'show the cards that were offloaded, and which of them are safe to format',
    usage: 'thatdam rolls [show ROLL | safe ROLL | verify ROLL | report ROLL FILE.html|FILE.pdf | restore ROLL DIR | remove ROLL | rule --nodes N --zones Z | cards] --node URL [--json]',
    details: `ROLL               its id, or its name
safe ROLL          exit code 0 only when every file is verified on enough nodes in enough zones now
verify ROLL        have the nodes read it back from their disks again
report ROLL FILE   hashes, thumbnails, durations, totals: HTML or PDF by the name of the file
restore ROLL DIR   write its files and its ASC MHL history to DIR on this machine, compared with its hashes
remove ROLL        forget it; what is in the library as assets stays there
rule               how many nodes (2) in how many zones (2) make a card safe to format
cards              folders on the node's machine that look like cards, and whether each is safe to format`
  },
  mhl: {
    purpose: 'make, continue and verify ASC MHL histories of folders on this machine',
    usage: 'thatdam mhl create|verify DIR [--hash FORMAT]… [--author NAME] [--location TEXT] [--comment TEXT] [--directories] [--json]',
    details: `create DIR         hash every file and write the next generation into DIR/ascmhl, and those of histories within DIR
verify DIR         read every file again and compare it with its first hash; nothing is written
--directories      also compare the structure of the folders
--hash FORMAT      xxh128, md5, c4, sha1, xxh3 or xxh64; may be repeated (xxh128, md5 and c4)
Exit codes: 0 all good, 10 missing files, 11 changed ones, 12 changed folders, 21 new ones, 30 to 33 no history or a broken one.
Needs no node.`
  }
} as const
