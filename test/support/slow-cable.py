#!/usr/bin/env python3
"""A cable that delays and loses, for kernels without sch_netem: copies Ethernet frames between two TAP devices.

usage: slow-cable.py NAME_A NAME_B DELAY_MS LOSS_PERCENT   (in the network namespace where the devices are to be; prints "up", ends with its input)
Delay and loss are those of one direction; a line "DELAY_MS LOSS_PERCENT" of input changes both, and is answered "ok". A TAP without offloads makes the kernel cut and checksum what it sends itself.
"""
import fcntl, heapq, itertools, os, random, select, struct, sys, time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAMES_A_TURN, QUEUE_FRAMES = 64, 20_000


def tap(name):
    device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def frames(device):
    for _ in range(FRAMES_A_TURN):
        try:
            yield os.read(device, 65536)
        except OSError:
            return


def settings(delay_ms, loss_percent):
    return float(delay_ms) / 1e3, float(loss_percent) / 100


def main(name_a, name_b, delay_ms, loss_percent):
    a, b = tap(name_a), tap(name_b)
    to = {a: b, b: a}
    delay, loss = settings(delay_ms, loss_percent)
    under_way, order = [], itertools.count()
    print('up', flush=True)
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, out, frame = heapq.heappop(under_way)
            try:
                os.write(out, frame)
            except OSError:
                pass  # the device is not up, or its queue is full: a cable loses such frames too
        wait = max(0, under_way[0][0] - now) if under_way else None
        ready = select.select([a, b, sys.stdin], [], [], wait)[0]
        if sys.stdin in ready:
            words = sys.stdin.readline().split()
            if len(words) != 2:
                return
            delay, loss = settings(*words)
            print('ok', flush=True)
            ready.remove(sys.stdin)
        for device in ready:
            for frame in frames(device):
                if random.random() >= loss and len(under_way) < QUEUE_FRAMES:
                    heapq.heappush(under_way, (time.monotonic() + delay, next(order), to[device], frame))


main(*sys.argv[1:])
