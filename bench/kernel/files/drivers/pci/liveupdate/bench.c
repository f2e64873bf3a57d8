// SPDX-License-Identifier: GPL-2.0
/*
 * Measures how tracking preserved PCI devices scales, and what it costs if nothing
 * is preserved.
 *
 * Included by incoming.c. It is a KUnit suite to have a runner; it measures, and
 * fails only if there is nothing to measure. bench/report.awk reads its lines:
 * each repetition prints what it took, and the reader computes medians and ratios.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>

#define PCI_BENCH_REPS		15
/* Devices a figure: enough that the cost of reading the clock does not show. */
#define PCI_BENCH_OPS		4096
/* Walks are slow. Filling a list by them takes time with the square of it. */
#define PCI_BENCH_WALKS		128
#define PCI_BENCH_MAX_WALK_FILL	4096
#define PCI_BENCH_CALLS		20000

/* Each a power of two: see pci_bench_shuffle(). */
static const u32 pci_bench_sizes[] = { 1, 16, 256, 4096, 65536 };

/**
 * struct pci_bench_layout - How devices lie in the address space
 * @name:  What it is called.
 * @shift: How far apart two neighbours are, in bits of domain and bdf.
 */
struct pci_bench_layout {
	const char *name;
	unsigned int shift;
};

/* Every function of every bus, and one function a bus (below a port each). */
static const struct pci_bench_layout pci_bench_layouts[] = {
	{ "packed", 0 },
	{ "spread", 8 },
};

enum pci_bench_op {
	PCI_BENCH_PRESERVE,
	PCI_BENCH_WALK_PRESERVE,
	PCI_BENCH_ONE_MORE,
	PCI_BENCH_WALK_ONE_MORE,
	PCI_BENCH_REPLACE,
	PCI_BENCH_WALK_REPLACE,
	PCI_BENCH_LOOKUP_OUT,
	PCI_BENCH_WALK_LOOKUP,
	PCI_BENCH_INDEX,
	PCI_BENCH_LOOKUP_IN,
	PCI_BENCH_FINISH,
	PCI_BENCH_UNPRESERVE,
	PCI_BENCH_NR_OPS,
};

static const struct {
	const char *op;
	const char *by;
} pci_bench_names[] = {
	[PCI_BENCH_PRESERVE] = { "preserve", "index" },
	[PCI_BENCH_WALK_PRESERVE] = { "preserve", "walk" },
	[PCI_BENCH_ONE_MORE] = { "one-more", "index" },
	[PCI_BENCH_WALK_ONE_MORE] = { "one-more", "walk" },
	[PCI_BENCH_REPLACE] = { "replace", "index" },
	[PCI_BENCH_WALK_REPLACE] = { "replace", "walk" },
	[PCI_BENCH_LOOKUP_OUT] = { "lookup", "index" },
	[PCI_BENCH_WALK_LOOKUP] = { "lookup", "walk" },
	[PCI_BENCH_INDEX] = { "index-incoming", "index" },
	[PCI_BENCH_LOOKUP_IN] = { "lookup-incoming", "index" },
	[PCI_BENCH_FINISH] = { "finish", "index" },
	[PCI_BENCH_UNPRESERVE] = { "unpreserve", "index" },
};

/**
 * struct pci_bench - One repetition with one number of devices
 * @test:   The test that runs.
 * @layout: Where the devices are.
 * @n:      How many there are.
 * @rep:    Number of this repetition, from 0.
 * @ns:     Time by operation, in nanoseconds, ...
 * @ops:    ... and how many of it that was.
 */
struct pci_bench {
	struct kunit *test;
	const struct pci_bench_layout *layout;
	u32 n;
	unsigned int rep;
	u64 ns[PCI_BENCH_NR_OPS];
	u64 ops[PCI_BENCH_NR_OPS];
};

static void pci_bench_add(struct pci_bench *b, enum pci_bench_op op, u64 start,
			  u32 ops)
{
	b->ns[op] += ktime_get_ns() - start;
	b->ops[op] += ops;
	cond_resched();
}

/* Domain and bdf in one number. */
static unsigned long pci_bench_address(const struct pci_bench *b, u32 i)
{
	return (unsigned long)i << b->layout->shift;
}

static u32 pci_bench_domain(const struct pci_bench *b, u32 i)
{
	return pci_bench_address(b, i) >> 16;
}

static u16 pci_bench_bdf(const struct pci_bench *b, u32 i)
{
	return pci_bench_address(b, i);
}

/*
 * The @i-th device in an order that is not that of the list. All of them come
 * up once, and the first few of them are from everywhere: the step is odd, and
 * next to the golden section of @b->n.
 */
static u32 pci_bench_shuffle(const struct pci_bench *b, u32 i)
{
	u32 step = (40503UL * b->n >> 16) | 1;

	return (i * step) & (b->n - 1);
}

static struct pci_dev_ser *pci_bench_get(struct pci_bench *b,
					 struct pci_outgoing *out, u32 i)
{
	return pci_outgoing_get_slot(out, pci_bench_domain(b, i),
				     pci_bench_bdf(b, i), "vfio-pci");
}

static struct pci_dev_ser *pci_bench_find(struct pci_bench *b,
					  struct xarray *devs, u32 i)
{
	return xa_load(devs, pci_liveupdate_key(pci_bench_domain(b, i),
						pci_bench_bdf(b, i)));
}

/*
 * The peer: no index and no free list, only the blocks, as they are handed over.
 * It need not see whether the device has a slot already.
 */
static struct pci_dev_ser *pci_bench_walk_to_free(struct pci_outgoing *out)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *slot;

	kho_block_set_it_init(&it, &out->blocks);
	while ((slot = kho_block_set_it_read_entry(&it))) {
		if (!slot->refcount)
			return slot;
	}

	if (pci_outgoing_grow(out))
		return NULL;

	/* What was added follows where the walk ended. */
	if (!it.block)
		kho_block_set_it_init(&it, &out->blocks);
	return kho_block_set_it_read_entry(&it);
}

static struct pci_dev_ser *pci_bench_walk_to(struct pci_outgoing *out,
					     u32 domain, u16 bdf)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *slot;

	kho_block_set_it_init(&it, &out->blocks);
	while ((slot = kho_block_set_it_read_entry(&it))) {
		if (slot->refcount && slot->domain == domain &&
		    slot->bdf == bdf)
			return slot;
	}

	return NULL;
}

static void pci_bench_fill(struct pci_bench *b, struct pci_outgoing *out,
			   struct pci_dev_ser *slot, u32 i)
{
	slot->domain = pci_bench_domain(b, i);
	slot->bdf = pci_bench_bdf(b, i);
	slot->refcount = 1;
	strscpy_pad(slot->driver, "vfio-pci");
	out->ser->nr_devices++;
}

static struct pci_dev_ser *pci_bench_walk_get(struct pci_bench *b,
					      struct pci_outgoing *out, u32 i)
{
	struct pci_dev_ser *slot = pci_bench_walk_to_free(out);

	if (slot)
		pci_bench_fill(b, out, slot, i);

	return slot;
}

static struct pci_outgoing *pci_bench_outgoing(struct pci_bench *b)
{
	struct pci_outgoing *out = pci_outgoing_alloc();

	KUNIT_ASSERT_NOT_ERR_OR_NULL(b->test, out);
	return out;
}

static void pci_bench_preserve(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, failed = 0;
	u64 start = ktime_get_ns();

	for (i = 0; i < b->n; i++)
		failed += IS_ERR(pci_bench_get(b, out, i));
	pci_bench_add(b, PCI_BENCH_PRESERVE, start, b->n);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

static void pci_bench_walk_preserve(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, failed = 0;
	u64 start = ktime_get_ns();

	for (i = 0; i < b->n; i++)
		failed += !pci_bench_walk_get(b, out, i);
	pci_bench_add(b, PCI_BENCH_WALK_PRESERVE, start, b->n);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

/* What pci_bench_walk_preserve() comes to, for lists where that takes too long. */
static void pci_bench_fill_all(struct pci_bench *b, struct pci_outgoing *out)
{
	struct kho_block_set_it it;
	u32 i;

	while (out->blocks.nblocks * out->blocks.count_per_block < b->n)
		KUNIT_ASSERT_EQ(b->test, pci_outgoing_grow(out), 0);

	kho_block_set_it_init(&it, &out->blocks);
	for (i = 0; i < b->n; i++)
		pci_bench_fill(b, out, kho_block_set_it_read_entry(&it), i);
}

/* How many devices to add: few enough that there are still about @b->n. */
static u32 pci_bench_more(const struct pci_bench *b)
{
	return clamp(b->n / 16, 1, PCI_BENCH_WALKS);
}

static void pci_bench_one_more(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, failed = 0, more = pci_bench_more(b);
	u64 start = ktime_get_ns();

	for (i = b->n; i < b->n + more; i++)
		failed += IS_ERR(pci_bench_get(b, out, i));
	pci_bench_add(b, PCI_BENCH_ONE_MORE, start, more);
	KUNIT_ASSERT_EQ(b->test, failed, 0);

	for (i = b->n; i < b->n + more; i++)
		pci_outgoing_put_slot(out, pci_bench_find(b, &out->devs, i));
}

static void pci_bench_walk_one_more(struct pci_bench *b, struct pci_outgoing *out)
{
	struct pci_dev_ser *slots[PCI_BENCH_WALKS];
	u32 i, failed = 0, more = pci_bench_more(b);
	u64 start = ktime_get_ns();

	for (i = 0; i < more; i++) {
		slots[i] = pci_bench_walk_get(b, out, b->n + i);
		failed += !slots[i];
	}
	pci_bench_add(b, PCI_BENCH_WALK_ONE_MORE, start, more);
	KUNIT_ASSERT_EQ(b->test, failed, 0);

	for (i = 0; i < more; i++)
		slots[i]->refcount = 0;
	out->ser->nr_devices -= more;
}

/* One device goes and comes again while all others are there. */
static void pci_bench_replace(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, device, failed = 0;
	u64 start = ktime_get_ns();

	for (i = 0; i < b->n; i++) {
		device = pci_bench_shuffle(b, i);
		pci_outgoing_put_slot(out, pci_bench_find(b, &out->devs, device));
		failed += IS_ERR(pci_bench_get(b, out, device));
	}
	pci_bench_add(b, PCI_BENCH_REPLACE, start, b->n);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

/* All slots before the one that is given back are taken: the walk ends there. */
static void pci_bench_walk_replace(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, device, failed = 0, ops = min(b->n, PCI_BENCH_WALKS);
	struct pci_dev_ser *slot;
	u64 start = ktime_get_ns();

	for (i = 0; i < ops; i++) {
		device = pci_bench_shuffle(b, i);
		slot = pci_bench_walk_to(out, pci_bench_domain(b, device),
					 pci_bench_bdf(b, device));
		slot->refcount = 0;
		out->ser->nr_devices--;
		failed += pci_bench_walk_get(b, out, device) != slot;
	}
	pci_bench_add(b, PCI_BENCH_WALK_REPLACE, start, ops);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

static void pci_bench_lookup(struct pci_bench *b, enum pci_bench_op op,
			     struct xarray *devs)
{
	u32 i, failed = 0;
	u64 start = ktime_get_ns();

	for (i = 0; i < b->n; i++)
		failed += !pci_bench_find(b, devs, pci_bench_shuffle(b, i));
	pci_bench_add(b, op, start, b->n);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

static void pci_bench_walk_lookup(struct pci_bench *b, struct pci_outgoing *out)
{
	u32 i, device, failed = 0, ops = min(b->n, PCI_BENCH_WALKS);
	u64 start = ktime_get_ns();

	for (i = 0; i < ops; i++) {
		device = pci_bench_shuffle(b, i);
		failed += !pci_bench_walk_to(out, pci_bench_domain(b, device),
					     pci_bench_bdf(b, device));
	}
	pci_bench_add(b, PCI_BENCH_WALK_LOOKUP, start, ops);
	KUNIT_ASSERT_EQ(b->test, failed, 0);
}

static void pci_bench_walk(struct pci_bench *b)
{
	struct pci_outgoing *out = pci_bench_outgoing(b);

	if (b->n <= PCI_BENCH_MAX_WALK_FILL)
		pci_bench_walk_preserve(b, out);
	else
		pci_bench_fill_all(b, out);
	pci_bench_walk_one_more(b, out);
	pci_bench_walk_replace(b, out);
	pci_bench_walk_lookup(b, out);
	pci_outgoing_free(out);
}

/* What pci_liveupdate_finish() does to the list for one device. */
static void pci_bench_finish(struct pci_bench *b, struct pci_incoming *in)
{
	struct pci_dev_ser *slot;
	unsigned long key;
	u64 start;
	u32 i, device;

	start = ktime_get_ns();
	for (i = 0; i < b->n; i++) {
		device = pci_bench_shuffle(b, i);
		key = pci_liveupdate_key(pci_bench_domain(b, device),
					 pci_bench_bdf(b, device));
		slot = xa_load(&in->devs, key);
		if (!--slot->refcount)
			xa_erase(&in->devs, key);
	}
	pci_bench_add(b, PCI_BENCH_FINISH, start, b->n);
	KUNIT_ASSERT_TRUE(b->test, xa_empty(&in->devs));
}

/* The next kernel's part, with the blocks where they are. */
static void pci_bench_incoming(struct pci_bench *b, struct pci_outgoing *out)
{
	enum pci_liveupdate_bad_reason bad;
	struct pci_incoming in = { .ser = out->ser, .blocks = out->blocks };
	struct pci_dev_ser *slot;
	unsigned long key;
	s64 index;
	u64 start;

	list_replace(&out->blocks.blocks, &in.blocks.blocks);
	xa_init(&in.devs);

	start = ktime_get_ns();
	bad = pci_incoming_index(&in, &index);
	pci_bench_add(b, PCI_BENCH_INDEX, start, b->n);
	KUNIT_ASSERT_EQ(b->test, bad, PCI_LIVEUPDATE_BAD_NONE);

	pci_bench_lookup(b, PCI_BENCH_LOOKUP_IN, &in.devs);
	pci_bench_finish(b, &in);

	/* To this kernel they are still preserved. */
	xa_for_each(&out->devs, key, slot)
		slot->refcount = 1;
	list_replace(&in.blocks.blocks, &out->blocks.blocks);
}

static void pci_bench_unpreserve(struct pci_bench *b, struct pci_outgoing *out)
{
	struct pci_dev_ser *slot;
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < b->n; i++) {
		slot = pci_bench_find(b, &out->devs, pci_bench_shuffle(b, i));
		pci_outgoing_put_slot(out, slot);
	}
	pci_bench_add(b, PCI_BENCH_UNPRESERVE, start, b->n);
	KUNIT_ASSERT_EQ(b->test, out->ser->nr_devices, 0);
}

static void pci_bench_round(struct pci_bench *b)
{
	struct pci_outgoing *out = pci_bench_outgoing(b);

	pci_bench_preserve(b, out);
	pci_bench_one_more(b, out);
	pci_bench_replace(b, out);
	pci_bench_lookup(b, PCI_BENCH_LOOKUP_OUT, &out->devs);
	pci_bench_incoming(b, out);
	pci_bench_unpreserve(b, out);
	pci_outgoing_free(out);

	pci_bench_walk(b);
}

static void pci_bench_print(struct pci_bench *b)
{
	enum pci_bench_op op;

	for (op = 0; op < PCI_BENCH_NR_OPS; op++) {
		if (!b->ops[op])
			continue;
		pr_info("bench: time op=%s by=%s layout=%s n=%u rep=%u ops=%llu ns=%llu\n",
			pci_bench_names[op].op, pci_bench_names[op].by,
			b->layout->name, b->n, b->rep, b->ops[op], b->ns[op]);
	}
}

static void pci_bench_time_a_device(struct kunit *test)
{
	struct pci_bench b = { .test = test };
	unsigned int layout, size, round;

	if (!kho_is_enabled())
		kunit_skip(test, "KHO is off (kho=on)");

	/* The outermost loop, so that a busy spell of the host hits all alike. */
	for (b.rep = 0; b.rep < PCI_BENCH_REPS; b.rep++) {
		for (layout = 0; layout < ARRAY_SIZE(pci_bench_layouts); layout++) {
			b.layout = &pci_bench_layouts[layout];
			for (size = 0; size < ARRAY_SIZE(pci_bench_sizes); size++) {
				b.n = pci_bench_sizes[size];
				memset(b.ns, 0, sizeof(b.ns));
				memset(b.ops, 0, sizeof(b.ops));
				for (round = 0; round < max(1, PCI_BENCH_OPS / b.n); round++)
					pci_bench_round(&b);
				pci_bench_print(&b);
				/* The console and RCU have their turn now. */
				msleep(20);
			}
		}
	}
}

static unsigned long pci_bench_count_nodes(void *entry)
{
	unsigned long nodes = 1;
	struct xa_node *node;
	unsigned int i;

	if (!xa_is_node(entry))
		return 0;

	node = xa_to_node(entry);
	for (i = 0; i < XA_CHUNK_SIZE; i++)
		nodes += pci_bench_count_nodes(rcu_dereference_raw(node->slots[i]));

	return nodes;
}

/*
 * Counted, and for comparison what the page allocator has less: that shows only
 * what a new page was needed for, and whatever else is going on.
 */
static void pci_bench_memory_of(struct pci_bench *b)
{
	unsigned long blocks, nodes, free, used;
	struct pci_outgoing *out = pci_bench_outgoing(b);
	u32 i, failed = 0;

	free = global_zone_page_state(NR_FREE_PAGES);
	for (i = 0; i < b->n; i++)
		failed += IS_ERR(pci_bench_get(b, out, i));
	used = free - global_zone_page_state(NR_FREE_PAGES);
	KUNIT_ASSERT_EQ(b->test, failed, 0);

	blocks = out->blocks.nblocks *
		 (KHO_BLOCK_SIZE + kmalloc_size_roundup(sizeof(struct kho_block)));
	nodes = pci_bench_count_nodes(rcu_dereference_raw(out->devs.xa_head)) *
		sizeof(struct xa_node);
	pr_info("bench: memory layout=%s n=%u blocks=%lu nodes=%lu allocator=%ld\n",
		b->layout->name, b->n, blocks, nodes,
		(long)used * (long)PAGE_SIZE);

	for (i = 0; i < b->n; i++)
		pci_outgoing_put_slot(out, pci_bench_find(b, &out->devs, i));
	pci_outgoing_free(out);
}

static void pci_bench_memory_a_device(struct kunit *test)
{
	struct pci_bench b = { .test = test };
	unsigned int layout, size;

	if (!kho_is_enabled())
		kunit_skip(test, "KHO is off (kho=on)");

	pr_info("bench: memory-always pci_dev=%zu of_that=%zu\n",
		sizeof(struct pci_dev), sizeof_field(struct pci_dev, liveupdate));
	for (layout = 0; layout < ARRAY_SIZE(pci_bench_layouts); layout++) {
		b.layout = &pci_bench_layouts[layout];
		for (size = 0; size < ARRAY_SIZE(pci_bench_sizes); size++) {
			b.n = pci_bench_sizes[size];
			pci_bench_memory_of(&b);
		}
	}
}

static noinline void pci_bench_empty(struct pci_dev *dev)
{
	barrier();
}

static noinline void pci_bench_mutex_pair(struct pci_dev *dev)
{
	static DEFINE_MUTEX(lock);

	mutex_lock(&lock);
	mutex_unlock(&lock);
}

static noinline void pci_bench_clock_read(struct pci_dev *dev)
{
	ktime_get_ns();
}

static noinline void pci_bench_config_read(struct pci_dev *dev)
{
	u32 id;

	pci_read_config_dword(dev, PCI_VENDOR_ID, &id);
}

static noinline void pci_bench_setup_device(struct pci_dev *dev)
{
	pci_liveupdate_setup_device(dev);
}

static noinline void pci_bench_probe_allowed(struct pci_dev *dev)
{
	static struct pci_driver driver = { .name = "bench" };

	pci_liveupdate_probe_allowed(dev, &driver);
}

static const struct {
	const char *name;
	void (*call)(struct pci_dev *dev);
} pci_bench_calls[] = {
	{ "empty", pci_bench_empty },
	{ "mutex-pair", pci_bench_mutex_pair },
	{ "clock-read", pci_bench_clock_read },
	{ "config-read", pci_bench_config_read },
	{ "setup-device", pci_bench_setup_device },
	{ "probe-gate", pci_bench_probe_allowed },
};

static void pci_bench_time_calls(struct pci_dev *dev, unsigned int rep)
{
	unsigned int call, i;
	u64 start, ns;

	for (call = 0; call < ARRAY_SIZE(pci_bench_calls); call++) {
		start = ktime_get_ns();
		for (i = 0; i < PCI_BENCH_CALLS; i++)
			pci_bench_calls[call].call(dev);
		ns = ktime_get_ns() - start;
		cond_resched();
		pr_info("bench: call name=%s rep=%u ops=%u ns=%llu\n",
			pci_bench_calls[call].name, rep, PCI_BENCH_CALLS, ns);
	}
}

/* What an ordinary device costs in a kernel without an incoming list. */
static void pci_bench_time_unused(struct kunit *test)
{
	struct pci_dev *dev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
	unsigned int rep;

	if (pci_liveupdate_keep_busnrs()) {
		pci_dev_put(dev);
		kunit_skip(test, "the previous kernel preserved devices");
	}
	if (!dev)
		kunit_skip(test, "there is no PCI device");

	pr_info("bench: unused liveupdate=%s\n",
		liveupdate_enabled() ? "on" : "off");
	for (rep = 0; rep < PCI_BENCH_REPS; rep++)
		pci_bench_time_calls(dev, rep);
	pci_dev_put(dev);
}

#define PCI_BENCH_CASE(run) \
	KUNIT_CASE_ATTR(run, { .speed = KUNIT_SPEED_VERY_SLOW })

static struct kunit_case pci_liveupdate_bench_cases[] = {
	/* First: what the next one has freed would serve it. */
	PCI_BENCH_CASE(pci_bench_memory_a_device),
	PCI_BENCH_CASE(pci_bench_time_a_device),
	PCI_BENCH_CASE(pci_bench_time_unused),
	{}
};

static struct kunit_suite pci_liveupdate_bench_suite = {
	.name = "pci_liveupdate_bench",
	.test_cases = pci_liveupdate_bench_cases,
};

kunit_test_suite(pci_liveupdate_bench_suite);
