"""Links, addresses and routes by rtnetlink: the bridge, the interfaces of pods, and news of what others do to them."""
import os
import socket
import struct

_new_link, _del_link, _get_link = 16, 17, 18
_new_address, _del_address, _get_address = 20, 21, 22
_new_route, _get_route = 24, 26
_request, _ack, _dump = 1, 4, 0x300
_create, _exclusive, _replace = 0x400, 0x200, 0x100
_error, _done = 2, 3
_up = 1
# Of links, IPv4 addresses and IPv4 routes.
_news = 1 | 0x10 | 0x40
_netfilter, _firewall_news = 12, 1 << 6

_address_family = socket.AF_INET


def _attribute(kind, value):
    if isinstance(value, str):
        value = value.encode() + b"\0"
    elif isinstance(value, int):
        value = struct.pack("=I", value)
    return struct.pack("=HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)


def _link(index=0, flags=0, change=0):
    return struct.pack("=BxHiII", 0, 0, index, flags, change)


class Netlink:
    """A socket in the network namespace in which it is made; it stays there."""

    def __init__(self, groups=0):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self.socket.bind((0, groups))
        self._sequence = 0

    def close(self):
        self.socket.close()

    def _send(self, kind, flags, body):
        self._sequence += 1
        header = struct.pack("=IHHII", len(body) + 16, kind, flags | _request, self._sequence, 0)
        self.socket.send(header + body)

    def change(self, kind, flags, body, what):
        """Sends one change and waits for its answer. OSError names `what`."""
        self._send(kind, flags | _ack, body)
        for answer, content in _messages(self.socket.recv(65536)):
            if answer == _error:
                number = -struct.unpack_from("=i", content)[0]
                if number:
                    raise OSError(number, f"{what}: {os.strerror(number)}")

    def _list(self, kind, body):
        self._send(kind, _dump, body)
        while True:
            for answer, content in _messages(self.socket.recv(1 << 18)):
                if answer == _done:
                    return
                yield content

    def routes(self):
        """IPv4 routes of the main table: destination, its length in bits, and the device."""
        names = dict(socket.if_nameindex())
        found = []
        for content in self._list(_get_route, struct.pack("=BBBBBBBBI", _address_family, 0, 0, 0, 0, 0, 0, 0, 0)):
            family, bits, _, _, table = struct.unpack_from("=BBBBB", content)
            attributes = dict(_attributes(content[12:]))
            if family != _address_family or table != 254:
                continue
            to = socket.inet_ntoa(attributes.get(1, b"\0\0\0\0"))
            device = names.get(struct.unpack("=I", attributes[4])[0], "") if 4 in attributes else ""
            found.append({"to": to, "bits": bits, "device": device})
        return found

    def links(self):
        """Index and master of every link, and whether it is up, by its name."""
        found = {}
        for content in self._list(_get_link, _link()):
            _, _, index, flags, _ = struct.unpack_from("=BxHiII", content)
            attributes = dict(_attributes(content[16:]))
            master = struct.unpack("=I", attributes[10])[0] if 10 in attributes else 0
            found[attributes[3].rstrip(b"\0").decode()] = (index, master, bool(flags & _up))
        return found

    def addresses(self, index):
        """IPv4 addresses of a link."""
        found = set()
        for content in self._list(_get_address, struct.pack("=BBBBi", _address_family, 0, 0, 0, 0)):
            family, _, _, _, of = struct.unpack_from("=BBBBi", content)
            if family == _address_family and of == index:
                found.add(socket.inet_ntoa(dict(_attributes(content[8:]))[2]))
        return found

    def join_bridge(self, index, master, what):
        body = _link(index, _up, _up) + _attribute(10, master)
        self.change(_new_link, 0, body, f"connect {what}")

    def remove_link(self, name):
        self.change(_del_link, 0, _link() + _attribute(3, name), f"remove {name}")

    def add_bridge(self, name):
        info = _attribute(18, _attribute(1, "bridge"))
        self.change(_new_link, _create | _exclusive, _link(flags=_up, change=_up) + _attribute(3, name) + info, f"add bridge {name}")

    def add_pair(self, outer, master, inner, namespace):
        """A pair of links: one here, on the bridge with the index `master` and up, the other in another network namespace."""
        peer = _link() + _attribute(3, inner) + _attribute(28, namespace)
        info = _attribute(18, _attribute(1, "veth") + _attribute(2, _attribute(1, peer)))
        head = _link(flags=_up, change=_up) + _attribute(3, outer) + _attribute(10, master)
        self.change(_new_link, _create | _exclusive, head + info, f"add link {outer}")

    def bring_up(self, index, what):
        self.change(_new_link, 0, _link(index, _up, _up), f"bring up {what}")

    def add_address(self, index, ip, bits):
        self.change(_new_address, _create | _replace, _address(index, ip, bits), f"add address {ip}")

    def remove_address(self, index, ip, bits):
        self.change(_del_address, 0, _address(index, ip, bits), f"remove address {ip}")

    def add_default_route(self, gateway):
        main, boot, universe, unicast = 254, 3, 0, 1
        head = struct.pack("=BBBBBBBBI", _address_family, 0, 0, 0, main, boot, universe, unicast, 0)
        self.change(_new_route, _create, head + _attribute(5, socket.inet_aton(gateway)), f"add route by {gateway}")


def _address(index, ip, bits):
    raw = socket.inet_aton(ip)
    number = struct.unpack("!I", raw)[0] | ((1 << (32 - bits)) - 1)
    broadcast = _attribute(4, struct.pack("!I", number)) if bits < 31 else b""
    return struct.pack("=BBBBi", _address_family, bits, 0, 0, index) + _attribute(2, raw) + _attribute(1, raw) + broadcast


def _messages(data):
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        yield kind, data[at + 16 : at + length]
        at += (length + 3) & ~3


def _attributes(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind, data[at + 4 : at + length]
        at += (length + 3) & ~3


def follow_news():
    """Sockets that become readable when links, addresses or routes of this network change, or its firewall."""
    found = {"links": Netlink(_news).socket}
    try:
        firewall = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _netfilter)
        firewall.bind((0, _firewall_news))
        found["firewall"] = firewall
    except OSError:
        # A kernel without nftables.
        pass
    for news in found.values():
        news.setblocking(False)
    return found
