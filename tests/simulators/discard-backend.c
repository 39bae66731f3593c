/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CUPS backend that reads the document and does nothing with it: what cupsd and its filters cost
 * by themselves, for tests/bench/intake to compare with.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    static char buffer[64 * 1024];
    ssize_t length;

    if (argc == 1) {
        puts("file discard:/ \"Discard\" \"Reads and discards\"");
        return 0;
    }
    int input = argc == 7 ? open(argv[6], O_RDONLY) : STDIN_FILENO;

    do {
        length = read(input, buffer, sizeof buffer);
    } while (length > 0);
    return length < 0;
}
