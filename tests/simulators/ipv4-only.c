/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * For systems without an IPv6 loopback address (many containers): ippeveprinter listens on
 * 127.0.0.1 and on ::1 and gives up when one of them fails. Put under it with LD_PRELOAD, this
 * stands in for libcups' httpAddrListen(): where an IPv6 address cannot be had, it returns a
 * descriptor that never becomes ready.
 */
#define _GNU_SOURCE
#include <cups/http.h>
#include <dlfcn.h>
#include <sys/eventfd.h>

int httpAddrListen(http_addr_t *address, int port)
{
    int (*listen_on)(http_addr_t *, int);

    *(void **)&listen_on = dlsym(RTLD_NEXT, "httpAddrListen");
    int fd = listen_on(address, port);

    if (fd < 0 && httpAddrFamily(address) == AF_INET6) {
        fd = eventfd(0, EFD_CLOEXEC);
    }
    return fd;
}
