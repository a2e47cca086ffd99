/* Landlock. Source: Documentation/userspace-api/landlock.rst of the Linux kernel. */
#include "os/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SYS_CREATE_RULESET = 444, /* the same on every architecture */
    SYS_ADD_RULE = 445,
    SYS_RESTRICT_SELF = 446,
    CREATE_VERSION = 1,
    RULE_PATH_BENEATH = 1,
    RULE_NET_PORT = 2,
    DNS_PORT = 53
};

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_ABI_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,     /* ABI 2 */
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
    NET_BIND_TCP = 1 << 0, /* ABI 4 */
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
    SCOPE_SIGNAL = 1 << 1
};

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t access;
    int32_t parent_fd;
} __attribute__((packed));

struct port_rule {
    uint64_t access, port;
};

static uint64_t known_fs(int abi) {
    uint64_t all = FS_ABI_1;
    if (abi >= 2) all |= FS_REFER;
    if (abi >= 3) all |= FS_TRUNCATE;
    if (abi >= 5) all |= FS_IOCTL_DEV;
    return all;
}

static uint64_t granted(enum landlock_grant grant) {
    switch (grant) {
    case LANDLOCK_READ:
        return FS_READ_FILE | FS_READ_DIR;
    case LANDLOCK_MODIFY:
        return FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_MAKE_REG | FS_REMOVE_FILE |
               FS_TRUNCATE;
    case LANDLOCK_TREE:
        return granted(LANDLOCK_MODIFY) | FS_MAKE_DIR | FS_REMOVE_DIR | FS_REFER;
    case LANDLOCK_REMOVE:
        return FS_REMOVE_FILE;
    }
    return 0;
}

static void add_path(int ruleset, const struct landlock_path *path, uint64_t handled) {
    struct path_rule rule = {.access = granted(path->grant) & handled,
                             .parent_fd = open(path->path, O_PATH | O_CLOEXEC)};
    struct stat about;
    if (rule.parent_fd < 0) return;
    if (fstat(rule.parent_fd, &about) == 0 && !S_ISDIR(about.st_mode))
        rule.access &= FS_OF_FILES; /* the kernel refuses the rule otherwise */
    (void)syscall(SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

static void add_port(int ruleset, uint16_t port) {
    struct port_rule rule = {NET_CONNECT_TCP, port};
    (void)syscall(SYS_ADD_RULE, ruleset, RULE_NET_PORT, &rule, 0);
}

int landlock_enter(const struct landlock_rules *rules) {
    long abi = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    if (abi < 1) return 0;
    struct ruleset all = {.fs = known_fs((int)abi)};
    if (rules->may_read) all.fs &= ~(uint64_t)(FS_READ_FILE | FS_READ_DIR | FS_EXECUTE);
    if (abi >= 4) all.net = NET_BIND_TCP | (rules->may_connect ? 0 : NET_CONNECT_TCP);
    if (abi >= 6) all.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    int ruleset = (int)syscall(SYS_CREATE_RULESET, &all, sizeof all, 0);
    if (ruleset < 0) return 0;
    for (size_t i = 0; i < rules->path_count; i++) add_path(ruleset, &rules->paths[i], all.fs);
    if (rules->dns_over_tcp && abi >= 4) add_port(ruleset, DNS_PORT);
    for (size_t i = 0; i < rules->tcp_port_count && abi >= 4; i++)
        add_port(ruleset, rules->tcp_ports[i]);
    bool entered = syscall(SYS_RESTRICT_SELF, ruleset, 0) == 0;
    close(ruleset);
    return entered ? (int)abi : 0;
}
