// SPDX-License-Identifier: GPL-2.0
/*
 * One raw_tp program per tracepoint, generated from the event table. A program
 * copies the tracepoint's arguments into a record: no policy, no formatting.
 * tp_btf would need the id of a module's BTF for the tracepoints in it, which
 * the kernel gives to CAP_SYS_ADMIN alone.
 *
 * The arguments stand in ctx in the order of the tracepoint's TP_PROTO(), each
 * in 64 bits; the function of a class documents them in its first lines.
 */
#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

/*
 * A map of its own and no global variables: libbpf takes a kernel without
 * networking for one that cannot have them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lutrace_counters);
} counters SEC(".maps");

enum {
#define F(id, ...) field_##id,
	LUTRACE_FIELDS(F)
#undef F
};

/* Most events have few names, and the fewer bytes they take, the more of them fit into the ring. */
#define HAS(fields, id)		((fields) & 1U << field_##id)
#define RECORD_SIZE(fields)						\
	(HAS(fields, FLB) ? sizeof(struct lutrace_record) :		\
	 HAS(fields, HANDLER) ? offsetof(struct lutrace_record, flb) :	\
	 HAS(fields, SESSION) ? offsetof(struct lutrace_record, handler) : \
	 HAS(fields, DRIVER) ? offsetof(struct lutrace_record, session) : \
	 HAS(fields, DEVICE) ? offsetof(struct lutrace_record, driver) : \
	 LUTRACE_RECORD_MIN)

#define F(id) (1U << field_##id)
enum {
#define C(class, fields) size_##class = RECORD_SIZE(fields),
	LUTRACE_CLASSES(C)
#undef C
};
#undef F

static __always_inline struct lutrace_record *
record_start(enum lutrace_event_id event, __u64 size)
{
	struct lutrace_counters *counter;
	struct lutrace_record *r;
	__u64 seq, id;
	__u32 zero = 0;

	counter = bpf_map_lookup_elem(&counters, &zero);
	if (!counter)
		return NULL;

	seq = __sync_fetch_and_add(&counter->happened, 1);
	r = bpf_ringbuf_reserve(&records, size, 0);
	if (!r) {
		__sync_fetch_and_add(&counter->lost[event], 1);
		return NULL;
	}

	__builtin_memset(r, 0, size);
	id = bpf_get_current_pid_tgid();
	r->boottime_ns = bpf_ktime_get_boot_ns();
	r->seq = seq;
	r->event = event;
	r->cpu = bpf_get_smp_processor_id();
	r->pid = id >> 32;
	r->tid = (__u32)id;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	return r;
}

#define CLASS(class)							\
static __always_inline void fill_##class(struct lutrace_record *r,	\
					 const __u64 *ctx)

CLASS(luo_number)
{
	__u64 number = ctx[0];
	int err = ctx[1];
	__u64 seq = ctx[2];

	r->number = number;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_reboot)
{
	int phase = ctx[0];
	bool image_has_kho = ctx[1];
	int err = ctx[2];
	__u64 seq = ctx[3];

	r->reason = phase;
	r->yes = image_has_kho;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_dev)
{
	int err = ctx[0];
	__u64 seq = ctx[1];

	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_session)
{
	/* The name is what was asked for; the session may not exist. */
	const char *name = (const void *)ctx[0];
	int err = ctx[2];
	__u64 duration = ctx[3];
	__u64 seq = ctx[4];

	read_array(r->session, LUTRACE_SESSION_LENGTH, name);
	r->err = err;
	r->duration_ns = duration;
	r->journal_seq = seq;
}

CLASS(luo_file_match)
{
	const struct luo_session *session = (const void *)ctx[0];
	__u64 token = ctx[1];
	const struct liveupdate_file_handler *fh = (const void *)ctx[3];
	int reason = ctx[4];
	int err = ctx[5];
	__u64 seq = ctx[6];

	read_session(r, session);
	r->token = token;
	read_handler(r, fh);
	r->reason = reason;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_file)
{
	const struct luo_session *session = (const void *)ctx[0];
	__u64 token = ctx[1];
	const struct liveupdate_file_handler *fh = (const void *)ctx[2];
	int err = ctx[3];
	__u64 duration = ctx[4];
	__u64 seq = ctx[5];

	read_session(r, session);
	r->token = token;
	read_handler(r, fh);
	r->err = err;
	r->duration_ns = duration;
	r->journal_seq = seq;
}

CLASS(luo_file_deserialize)
{
	const struct luo_session *session = (const void *)ctx[0];
	__u64 token = ctx[1];
	const char *compatible = (const void *)ctx[2];
	int err = ctx[3];
	__u64 seq = ctx[4];

	read_session(r, session);
	r->token = token;
	read_array(r->handler, LUTRACE_COMPAT_LENGTH, compatible);
	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_flb)
{
	const struct liveupdate_flb *flb = (const void *)ctx[0];
	bool outgoing = ctx[1];
	__u64 count = ctx[2];
	int err = ctx[3];
	__u64 duration = ctx[4];
	__u64 seq = ctx[5];

	read_flb(r, flb);
	r->yes = outgoing;
	r->number = count;
	r->err = err;
	r->duration_ns = duration;
	r->journal_seq = seq;
}

CLASS(luo_flb_ref)
{
	const struct liveupdate_flb *flb = (const void *)ctx[0];
	bool outgoing = ctx[1];
	__u64 count = ctx[2];
	int err = ctx[3];
	__u64 seq = ctx[4];

	read_flb(r, flb);
	r->yes = outgoing;
	r->number = count;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(luo_flb_registration)
{
	const struct liveupdate_file_handler *fh = (const void *)ctx[0];
	const struct liveupdate_flb *flb = (const void *)ctx[1];
	int err = ctx[2];
	__u64 seq = ctx[3];

	read_handler(r, fh);
	read_flb(r, flb);
	r->err = err;
	r->journal_seq = seq;
}

CLASS(pci_node)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	const char *driver = (const void *)ctx[1];
	__u32 refcount = ctx[2];
	__u64 seq = ctx[3];

	read_pci_dev(r, dev);
	read_driver_name(r, driver);
	r->yes = is_bridge(dev);
	r->number = refcount;
	r->journal_seq = seq;
}

CLASS(pci_refuse)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	int reason = ctx[1];
	int err = ctx[2];
	__u64 seq = ctx[3];

	read_pci_dev(r, dev);
	r->reason = reason;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(pci_probe)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	const struct pci_driver *drv = (const void *)ctx[1];
	bool allowed = ctx[2];
	int reason = ctx[3];
	__u32 count = ctx[4];
	__u64 seq = ctx[5];

	read_pci_dev(r, dev);
	read_pci_driver(r, drv);
	r->yes = allowed;
	r->reason = reason;
	r->number = count;
	r->journal_seq = seq;
}

CLASS(pci_never_finished)
{
	__u32 domain = ctx[0];
	__u16 bdf = ctx[1];
	const char *driver = (const void *)ctx[2];
	__u32 refcount = ctx[3];
	__u64 seq = ctx[4];

	r->domain = domain;
	r->bdf = bdf;
	r->has_bdf = 1;
	read_driver_name(r, driver);
	r->number = refcount;
	r->journal_seq = seq;
}

CLASS(pci_handover_bad)
{
	int reason = ctx[0];
	__s64 index = ctx[1];
	int err = ctx[2];
	__u64 seq = ctx[3];

	r->reason = reason;
	r->number = index;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(pci_bus_numbers)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	int reason = ctx[1];
	__u32 bus = ctx[2];
	__u64 seq = ctx[3];

	read_pci_dev(r, dev);
	r->reason = reason;
	r->number = bus;
	r->journal_seq = seq;
}

CLASS(pci_setting)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	bool enabled = ctx[1];
	__u64 seq = ctx[2];

	read_pci_dev(r, dev);
	r->yes = enabled;
	r->journal_seq = seq;
}

CLASS(pci_acs)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	__u32 control = ctx[1];
	__u64 seq = ctx[2];

	read_pci_dev(r, dev);
	r->number = control;
	r->journal_seq = seq;
}

CLASS(vfio_match)
{
	const struct device *dev = (const void *)ctx[0];
	int reason = ctx[1];
	__u64 seq = ctx[2];

	read_device(r, dev);
	r->reason = reason;
	r->journal_seq = seq;
}

CLASS(vfio_open_denied)
{
	const struct device *dev = (const void *)ctx[0];
	bool group = ctx[1];
	int err = ctx[2];
	__u64 seq = ctx[3];

	read_device(r, dev);
	r->yes = group;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(vfio_freeze)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	int reason = ctx[1];
	int err = ctx[2];
	__u64 duration = ctx[3];
	__u64 seq = ctx[4];

	read_pci_dev(r, dev);
	r->reason = reason;
	r->err = err;
	r->duration_ns = duration;
	r->journal_seq = seq;
}

CLASS(vfio_op)
{
	const struct pci_dev *dev = (const void *)ctx[0];
	int err = ctx[1];
	__u64 duration = ctx[2];
	__u64 seq = ctx[3];

	read_pci_dev(r, dev);
	r->err = err;
	r->duration_ns = duration;
	r->journal_seq = seq;
}

CLASS(vfio_retrieve)
{
	/* The address names the device even where the device is missing. */
	__u32 domain = ctx[0];
	__u16 bdf = ctx[1];
	int reason = ctx[3];
	int err = ctx[4];
	__u64 seq = ctx[5];

	r->domain = domain;
	r->bdf = bdf;
	r->has_bdf = 1;
	r->reason = reason;
	r->err = err;
	r->journal_seq = seq;
}

CLASS(vfio_finish_refused)
{
	__u32 domain = ctx[0];
	__u16 bdf = ctx[1];
	int reason = ctx[2];
	int err = ctx[3];
	__u64 seq = ctx[4];

	r->domain = domain;
	r->bdf = bdf;
	r->has_bdf = 1;
	r->reason = reason;
	r->err = err;
	r->journal_seq = seq;
}

/* A program bears the name of its tracepoint: user space looks it up by that. */
#define E(id, number, system, name, tracepoint, class, ...)		\
SEC("raw_tp/" #tracepoint)						\
int tracepoint(const __u64 *ctx)					\
{									\
	struct lutrace_record *r = record_start(LUTRACE_##id,		\
						size_##class);		\
									\
	if (!r)								\
		return 0;						\
	fill_##class(r, ctx);						\
	bpf_ringbuf_submit(r, 0);					\
	return 0;							\
}

LUTRACE_EVENTS(E)
