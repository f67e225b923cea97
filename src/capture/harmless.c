/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and shapes that do not identify a host. A word is here because it is the kernel's, a
 * standard's or a vendor's; a shape because it holds a small number at most. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "capture/redact.h"

/* No word is longer. */
#define WORD_MAX 64

/* clang-format off */
/* In each a space separates the words. */
static const char *const words[VOCABULARIES] = {
	[WORDS_USERS] = "root nobody daemon kvm qemu libvirt libvirtd libvirt-qemu vfio",
	[WORDS_HOSTS] = "localhost (none)",
	[WORDS_NAMES] =
		"amd-iommu block boot_vga bus cap class config dev device devices dm "
		"driver driver_override drivers ecap features free_hugepages has_cpu "
		"has_generic_initiator has_high_memory has_memory has_normal_memory holders "
		"hugepages intel-iommu iommu iommu_group lo mdev name net node nr_hugepages numa_node "
		"nvme nvme-subsystem online pci pft physfn platform possible power slaves subsystem "
		"system uevent version vfio-dev virtio virtual zpci ccw css usb ap vmbus accel active drm "
		"dma dsa graphics hidraw in_use infiniband_verbs input nvme-generic ptp rtc scsi_generic "
		"bluetooth dvb usbmisc vhost-vdpa sound state tpm tty console uio video4linux vtconsole bind watchdog power power_state runtime_status "
		"d3cold_allowed reset_method efi-framebuffer.0 simple-framebuffer.0 vesa-framebuffer.0 "
		"mdev_type mdev_supported_types vfio_ap matrix vfio_ap-passthrough vfio_ccw-io parent",
	[WORDS_DRIVERS] =
		"vfio vfio-pci vfio_pci vfio_pci_core vfio_iommu_type1 vfio_iommu_spapr_tce "
		"vfio_virqfd vfio_mdev vfio_ccw vfio_ap vfio_ccw_mdev vfio_ap_mdev intel_vgpu_mdev mdev "
		"vfio-fsl-mc vfio_fsl_mc vfio-platform vfio_platform vfio_platform_base yenta_cardbus iommufd iommufd_vfio_compat virtio_iommu "
		"mlx5_vfio_pci mlx5-vfio-pci hisi-acc-vfio-pci pds-vfio-pci virtio-vfio-pci "
		"nvgrace-gpu-vfio-pci qat_vfio_pci xe-vfio-pci pci-stub pci_stub xen-pciback pciback "
		"uio_pci_generic igb_uio pcieport shpchp ahci ata_piix nvme megaraid_sas mpt3sas mpt2sas "
		"aacraid smartpqi hpsa qla2xxx lpfc xhci_hcd xhci_pci xhci-pci ehci-pci ehci_hcd "
		"uhci_hcd ohci-pci i2c_i801 i801_smbus piix4_smbus lpc_ich snd_hda_intel "
		"snd_hda_codec_hdmi snd_sof_pci snd_hda_core amdgpu radeon nouveau nvidia nvidia_drm "
		"nvidia_modeset nvidia_uvm nvidiafb i915 xe ast mgag200 bochs-drm bochs bochs_drm "
		"cirrus qxl virtio_gpu e1000 e1000e igb igbvf igc ixgbe ixgbevf i40e iavf ice idpf fm10k "
		"mlx4_core mlx4_en mlx5_core mlx5_ib bnx2 bnx2x bnxt_en tg3 r8169 r8168 8139cp 8139too "
		"atlantic alx forcedeth sky2 skge nfp cxgb4 cxgb3 qede qed be2net enic ena sfc vmxnet3 "
		"hns3 hinic gve mana iwlwifi ath9k ath10k_pci ath11k_pci ath12k_pci mt7921e rtw88_pci "
		"rtw89_pci brcmfmac virtio-pci virtio_pci virtio_net virtio_blk virtio_scsi "
		"intel_vsec mei_me mei_gsc ioatdma idxd qat_4xxx qat_c62x ccp thunderbolt proc_thermal "
		"intel-lpss i10nm_edac skx_edac sdhci-pci rtsx_pci dwc3-pci parport_pc serial 8250_pci "
		"ism intel_ism_ipc vmd k10temp sp5100_tco kvm kvm_intel kvm_amd efifb simplefb simpledrm "
		"vesafb efidrm vesadrm BOOTFB efi-framebuffer simple-framebuffer vesa-framebuffer (null) redacted",
	[WORDS_PARAMETERS] =
		"allow_unsafe_interrupts disable_hugepages dma_entry_limit disable_denylist "
		"disable_idle_d3 disable_vga enable_sriov nointxmask enable_unsafe_noiommu_mode",
	[WORDS_TABLES] =
		"AEST APIC APMT ASF! BERT BGRT BOOT CEDT CPEP CSRT DBG2 DBGP DMAR DRTM DSDT ECDT EINJ "
		"ERST FACP FACS FPDT GTDT HEST HMAT HPET IBFT IORT IVRS LPIT MADT MCFG MCHI MPAM MSCT "
		"MSDM NFIT OEM1 OEM2 PCCT PDTT PHAT PMTT PPTT PRMT RASF RIMT RSDT SBST SDEI SLIC SLIT SPCR "
		"SPMI SRAT SSDT STAO SVKL TCPA TPM2 UEFI VFCT VIOT WAET WDAT WDRT WPBT WSMT XENV XSDT "
		"data dynamic",
	[WORDS_MOUNTS] =
		"/ /boot /boot/efi /boot/firmware /efi /usr /usr/local /var /var/log /var/tmp /var/lib "
		"/var/lib/libvirt /var/lib/libvirt/images /var/lib/vz /home /root /tmp /opt /srv /mnt "
		"/media /run /run/lock /run/user /proc /proc/sys/fs/binfmt_misc /sys /sys/kernel/security "
		"/sys/kernel/debug /sys/kernel/tracing /sys/kernel/config /sys/fs/cgroup /sys/fs/pstore "
		"/sys/fs/bpf /sys/fs/fuse/connections /sys/firmware/efi/efivars /dev /dev/pts /dev/shm "
		"/dev/mqueue /dev/hugepages /dev/hugepages1G",
	[WORDS_FILE_SYSTEMS] =
		"9p autofs bcachefs binfmt_misc bpf btrfs ceph cgroup cgroup2 cifs configfs debugfs "
		"devpts devtmpfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fuse fuseblk fusectl gfs2 "
		"hugetlbfs iso9660 jfs mqueue nfs nfs4 nfsd nsfs ntfs ntfs3 ocfs2 overlay proc pstore "
		"ramfs reiserfs rootfs rpc_pipefs securityfs selinuxfs smb3 squashfs sysfs tmpfs tracefs "
		"udf vfat virtiofs xfs zfs",
	[WORDS_CGROUPS] =
		".. init.scope system.slice user.slice machine.slice memory systemd unified memory.max "
		"memory.current memory.limit_in_bytes memory.usage_in_bytes cgroup.procs",
	[WORDS_NODES] = "vfio devices",
	[WORDS_CHIPS] =
		"IO-APIC IR-IO-APIC XT-PIC PCI-MSI IR-PCI-MSI PCI-MSIX IR-PCI-MSIX HPET HPET-MSI DMAR-MSI "
		"AMD-Vi IOMMU-MSI GICv2 GICv3 GICv4 GIC-0 ITS-MSI ITS-PCI-MSI MSI dummy zPCI XIVE-IRQ "
		"SiFive RISC-V none",
	[WORDS_LINKS] =
		"bareudp batadv bond bridge can dummy erspan geneve gre gretap hsr ifb ip6gre ip6gretap "
		"ip6tnl ipip ipoib ipvlan ipvtap lowpan macsec macvlan macvtap netdevsim netkit nlmon "
		"openvswitch ppp rmnet sit team tun veth vlan vrf vti vxcan vxlan wireguard wwan xfrm",
	[WORDS_MACHINES] =
		"x86_64 i386 i586 i686 aarch64 armv7l armv8l s390 s390x ppc64 ppc64le riscv64 loongarch64 "
		"mips64 sparc64",
	[WORDS_PRODUCTS] =
		"Standard PC 2009) 1996) (i440FX (Q35 ICH9, + PIIX, KVM Virtual Machine QEMU QEMU, "
		"VMware VMware7,1 VMware20,1 Platform VirtualBox HVM domU Google Compute Engine PowerEdge ProLiant "
		"Gen8 Gen9 Gen10 Gen11 Gen12 Plus Synergy ThinkSystem ThinkServer ThinkStation ThinkCentre "
		"ThinkPad System x Precision OptiPlex Latitude XPS EliteDesk ProDesk Z2 Z4 Z6 Z8 G1 G2 G3 "
		"G4 G5 Workstation Tower Mini SFF Rack Server Super SuperServer PRIMERGY UCSC-C220 "
		"UCSC-C240 NUC Macmini MacPro Product Name To Be Filled By O.E.M. Default string ROG "
		"STRIX PRIME TUF GAMING Pro PRO WS MAG MPG MEG TOMAHAWK WIFI AORUS ELITE MASTER Altra "
		"Desktop Laptop Not Specified OpenStack Nova RHEL oVirt Node AHV",
	[WORDS_RELEASE] =
		"amd64 arm64 x86 x86_64 i686 s390x ppc64le riscv64 aarch64 generic default lowlatency pve "
		"cloud rt lts lts1 zen hardened arch1 arch2 MANJARO gentoo xanmod1 liquorix debug "
		"azure aws gcp oracle kvm raspi unsigned hwe oem uek vanilla server desktop preempt "
		"longterm mainline edge current rocky alma el8 el9 el10 lp next tkg cachyos nobara",
	[WORDS_BUILD] =
		"SMP PREEMPT PREEMPT_DYNAMIC PREEMPT_RT PREEMPT_LAZY Debian Ubuntu PMX PVE Mon Tue Wed "
		"Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec UTC GMT CET CEST EST "
		"EDT PST PDT #1-NixOS #1-Alpine",
	[WORDS_OPTIONS] =
		"acpi acpi_enforce_resources acpi_osi allow_unsafe_interrupts amd_iommu amd_iommu_dump "
		"amd_iommu_intr amd_pstate apic apparmor arm-smmu.disable_bypass arm-smmu-v3.disable_bypass audit "
		"clocksource console consoleblank cpuidle.off crashkernel debug default_hugepagesz "
		"disable_mtrr_cleanup earlycon earlyprintk efi enforcing fbcon fsck.mode gfxpayload hugepages "
		"hugepagesz hugetlb_cma ibt idle ignore_loglevel init_on_alloc init_on_free "
		"initcall_blacklist intel_idle.max_cstate intel_iommu intel_pstate intremap "
		"iomem iommu iommu.forcedac iommu.passthrough iommu.strict ipv6.disable irqaffinity "
		"irqfixup irqpoll isolcpus kasan kpti kthread_cpus kvm.ignore_msrs "
		"kvm.report_ignored_msrs kvm.nx_huge_pages kvm-amd.avic kvm-amd.nested kvm-amd.sev "
		"kvm-amd.sev_es kvm-amd.sev_snp kvm_amd.avic kvm_amd.nested kvm_amd.sev kvm_amd.sev_es "
		"kvm_amd.sev_snp kvm-intel.nested kvm_intel.nested kvm_intel.emulate_invalid_guest_state "
		"lockdown loglevel lsm maxcpus mce mem mem_encrypt memhp_default_state mitigations "
		"modprobe.blacklist module_blacklist movable_node net.ifnames nmi_watchdog no_timer_check "
		"nofb nohz nohz_full noiommu nokaslr nolapic nomodeset nopat nopti nosmt nosmap nosmep "
		"nospectre_v1 nospectre_v2 noapic noibrs norandmaps nouveau.modeset nousb noveth nowatchdog "
		"nox2apic nr_cpus numa numa_balancing nvidia-drm.modeset nvidia_drm.modeset "
		"nvidia-drm.fbdev nvidia_drm.fbdev nvme_core.multipath nvme_core.default_ps_max_latency_us "
		"panic panic_on_oops pci pci-stub.ids pcie_acs_override pcie_aspm pcie_port_pm pcie_ports "
		"pcie_pme possible_cpus preempt print-fatal-signals processor.max_cstate psi pti "
		"quiet rcu_nocb_poll rcu_nocbs rcupdate.rcu_cpu_stall_suppress rd.driver.blacklist "
		"rd.driver.pre rd.driver.post rdinit reboot reserve retbleed rhgb ro rootdelay rootwait rw "
		"s390_iommu security selinux single skew_tick smt spec_store_bypass_disable spectre_v2 "
		"splash split_lock_detect srbds swapaccount swiotlb systemd.unified_cgroup_hierarchy "
		"transparent_hugepage tsc tsx tsx_async_abort user_namespace.enable vfio-pci.disable_denylist "
		"vfio-pci.disable_idle_d3 vfio-pci.disable_vga vfio-pci.enable_sriov vfio-pci.ids "
		"vfio-pci.nointxmask vfio_pci.disable_denylist vfio_pci.disable_idle_d3 "
		"vfio_pci.disable_vga vfio_pci.enable_sriov vfio_pci.ids vfio_pci.nointxmask "
		"vfio_iommu_type1.allow_unsafe_interrupts vfio_iommu_type1.disable_hugepages "
		"vfio_iommu_type1.dma_entry_limit vfio.enable_unsafe_noiommu_mode vga vgaarb video "
		"x2apic_phys xen-pciback.hide zswap.enabled i915.enable_gvt i915.modeset i915.enable_guc "
		"i915.max_vfs xe.max_vfs amdgpu.modeset radeon.modeset snd_hda_intel.enable",
	[WORDS_NAMED] =
		"BOOT_IMAGE BOOTIF bond boot bootdev bridge cloud-config-url cmdline cryptdevice cryptkey "
		"crypto dm-mod.create domain ds fips fstab hostname http_proxy ignition.config.url "
		"ignition.firstboot ignition.platform.id ifname img init initrd inst.ks inst.repo "
		"inst.stage2 ip ipv6 iscsi_initiator iscsi_target_ip iscsi_target_name "
		"kickstart ks lang live-media locale log_host logo.nologo luks luks.name luks.options "
		"luks.uuid nameserver netconsole netroot nfsaddrs nfsroot ostree part_start_sector "
		"preseed/url printk.devkmsg rd.auto rd.break rd.dm rd.info rd.iscsi.initiator rd.live.image "
		"rd.luks rd.luks.key rd.luks.name rd.luks.options rd.luks.uuid rd.lvm rd.lvm.lv rd.lvm.vg "
		"rd.md rd.md.uuid rd.neednet rd.net.name rd.shell rd.systemd.unit rd.znet resume "
		"resume_offset root rootfstype rootflags rootovl swap systemd.hostname systemd.machine_id "
		"systemd.mask systemd.set_credential systemd.set_credential_binary systemd.setenv "
		"systemd.unit team url usr usrflags usrfstype vconsole.font vconsole.keymap vlan "
		"vt.handoff zfs zipl_target",
	[WORDS_VALUES] =
		"font:VGA8x8 font:VGA8x16 font:TER16x32 nodefer on off yes no y n Y N true false auto force forced strict lazy pt nopt soft noforce "
		"nofullflush fullflush merge nomerge forcesac allowdac nodac calgary biomerge panic "
		"usedac memaper noagp igfx_off sm_on sm_off sp_off tboot_noforce legacy vapic irtcachedis pgtbl_v1 pgtbl_v2 "
		"nohugepages v2_pgsizes_only "
		"force_isolation force_enable passthrough identity nosid no_x2apic_optout nopost posted "
		"nodomains domain domains managed_irq all none full default never always madvise within_size "
		"advise integrity confidentiality nosmt mds performance powersave passive active guided "
		"ondemand disable disabled enable enabled permissive ignore downstream multifunction id "
		"realloc noaer nomsi nommconf conf1 conf2 nobios bios use_crs nocrs use_e820 no_e820 "
		"hpiosize assign-busses noacpi earlydump nodomains skip_isa_align native compat dpc-native "
		"powersupersave efifb simplefb vesafb vesa serial vga ttyS hvc keep early hsi kill retpoline "
		"generic lfence ibrs eibrs flush nopanic pcid unstable reliable nowatchdog tsc hpet acpi_pm "
		"poll halt nomwait mwait high low noirqdebug relaxed forcedac unrestricted apparmor selinux "
		"capability landlock lockdown yama integrity bpf safesetid tomoyo ima online offline "
		"online_movable online_kernel lax efi acpi triple kbd cold warm hard gpu noirqdebug "
		"sysfb_init simpledrm_platform_driver_init efifb_probe vesafb_probe acpi_cpufreq_init voluntary norid "
		"/init /sbin/init",
	[WORDS_REGIONS] = "direct direct-relaxable reserved msi translated",
	[WORDS_HYPERVISORS] = "xen control_d",
	[WORDS_GROUP_TYPES] = "DMA DMA-FQ identity blocked unmanaged auto unknown",
	[WORDS_GROUP_NAMES] = "vfio-noiommu",
	[WORDS_LOCKDOWN] = "none integrity confidentiality always never madvise",
	[WORDS_POWER] = "D0 D1 D2 D3hot D3cold unknown error active suspended suspending resuming unsupported",
	[WORDS_RESETS] = "device_specific acpi flr af_flr pm bus cxl_bus",
	[WORDS_COUNTERS] =
		"MemTotal MemFree MemAvailable Buffers Cached SwapCached SwapTotal SwapFree Mlocked "
		"Unevictable AnonPages AnonHugePages ShmemHugePages FileHugePages HugePages_Total "
		"HugePages_Free HugePages_Rsvd HugePages_Surp Hugepagesize Hugetlb Groups CommitLimit Committed_AS "
		"DirectMap4k DirectMap2M DirectMap1G Uid Gid VmPeak VmSize VmLck VmPin VmHWM VmRSS "
		"HugetlbPages CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Threads",
	[WORDS_DISPLAYS] = "(M) (S) frame buffer device dummy VGA+ system driver MDA-2",
	[WORDS_DUMPS] = "links addresses routes routes6 nexthops smc-devices",
	[WORDS_ENTRIES] = "one-entry read two-entries unknown",
	[WORDS_STATES] = "available builtin missing active inactive",
	[WORDS_PLACES] = "session manager other",
	[WORDS_UNITS] = "libvirtd.service virtqemud.service",
	[WORDS_REQUESTS] =
		"VFIO_GET_API_VERSION VFIO_CHECK_EXTENSION VFIO_SET_IOMMU VFIO_GROUP_GET_STATUS "
		"VFIO_GROUP_SET_CONTAINER VFIO_GROUP_UNSET_CONTAINER VFIO_IOMMU_GET_INFO "
		"VFIO_IOMMU_MAP_DMA VFIO_IOMMU_UNMAP_DMA VFIO_IOMMU_ENABLE VFIO_IOMMU_DISABLE",
	[WORDS_FIELDS] =
		"argsz flags iova_pgsizes cap_offset iova size id version next nr_iovas start end "
		"pgsize_bitmap max_dirty_bitmap_size avail byte",
	[WORDS_PAGES] = "base transparent hugetlb",
	[WORDS_EVENTS] = "map unmap",
	[WORDS_BACKENDS] = "auto type1 type1v2 iommufd",
};

/* In each a space separates the shapes; see shape_matches(). */
static const char *const shapes[VOCABULARIES] = {
	[WORDS_NAMES] =
		"????:??:??.? ?????:??:??.? ????????:??:??.? pci????:?? pci?????:?? pci????????:?? "
		"ata# host# usb# nvme# nvme#n# nvme#n#p# nvme#c#n# nvme-subsys# virtio# target#:#:# "
		"#:#:#:# #-#[.#] #-#.#.# #-#:#.# #-#.#:#.# #-#.#.#:#.# sd~[~][~][#] vd~[~][#] xvd~[~][#] "
		"sr# loop#[p#] ram# zram# dm-# md#[p#] nbd#[p#] mmcblk#[p#] pmem# zd#[p#] bcache#[p#] "
		"dasd~[~][#] rbd#[p#] fd# eth# eno#[np#] eno#[d#] ens#[f#][np#] ens#[f#][d#] "
		"en[P#]p#s#[f#][np#] en[P#]p#s#[f#][d#] wlan# wlo# wls# wlp#s#[f#] ib# ibp#s#[f#] ibs#[f#] "
		"bond# br# virbr#[-nic] vmbr# docker# tap# tun# vnet# team# dummy# sit# ip6tnl# "
		"card# renderD# fb# controlC# pcmC#D#p pcmC#D#c hwC#D# event# input# mouse# hidraw# "
		"ttyS# ttyUSB# ttyACM# vtcon# watchdog# dma#chan# uio# video# ng#n# sg# ptp# rtc# tpm# uverbs# "
		"accel# hci# cdc-wdm# vdpa# vhost-vdpa-# dvb#.frontend# dvb#.demux# dvb#.dvr# dvb#.net# dev-# iblock_# pscsi_# fileio_# vfio# dmar# ivhd# smmu#.0x$ arm-smmu.#.auto arm-smmu-v#.#.auto s390-iommu.$ $.pcie $.pci "
		"$.smmuv# $.smmu $.iommu node# i915-GVTg_V#_# nvidia-# hugepages-&kB virtfn# css# #.#.????",
	[WORDS_CONSOLES] = "tty# ttyS# ttyAMA# ttysclp# ttyUSB# hvc#",
	[WORDS_DRIVERS] = "snd_hda_codec_~~~",
	[WORDS_TABLES] = "SSDT# OEM#",
	[WORDS_NODES] = "# vfio# noiommu-#",
	/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): it is one text */
	[WORDS_CHIPS] = "PCI-MSI-????:??:??.? PCI-MSIX-????:??:??.? IR-PCI-MSI-????:??:??.? "
			"IR-PCI-MSIX-????:??:??.? ITS-PCI-MSI-????:??:??.? ITS-PCI-MSIX-????:??:??.?",
	[WORDS_PRODUCTS] = "R# R#xa R#xd R#xs T# C# DL# ML# SR# SR#-V# # #U#",
	[WORDS_RELEASE] = "rc# fc# deb# bpo# el# #k",
	[WORDS_BUILD] = "bpo# deb#",
	[WORDS_VALUES] = "-# & &K &M &G &T &k &m &g #-# #/# #-#/# #- &K- &M- &G- &K-&K &M-&M &M-&G &G-&G 0x$ "
			 "????:??:??.? ??:??.? tty# ttyS# ttyAMA# ttysclp# ttyUSB# hvc# &n8 &n8r #x# #x#@# "
			 "pci@????:??:??.? #@# map:&",
	[WORDS_IDS] = "????:????[:????:????]",
	[WORDS_MACHINES] = "armv#l",
	[WORDS_VERSIONS] = "#.# #.#.# #.#.#~rc# #.#.#-rc#",
	[WORDS_TIMES] = "#-#-#T#:#:#Z",
	[WORDS_MODES] = "&",
	[WORDS_SLOTS] = "????:??:??.?",
	[WORDS_FRAMES] = "0x$+&",
	[WORDS_REGISTERS] = "$ 0x$ $:$",
	[WORDS_DEVICE_NUMBERS] = "&:&",
};

/* Names of vendors have spaces in them. */
static const char *const vendors[] = {
	"QEMU", "Dell Inc.", "HP", "HPE", "Hewlett-Packard", "LENOVO", "Lenovo", "Supermicro",
	"ASUSTeK COMPUTER INC.", "ASUS", "Gigabyte Technology Co., Ltd.", "GIGABYTE",
	"Micro-Star International Co., Ltd.", "ASRock", "ASRockRack", "Intel Corporation",
	"Intel(R) Client Systems", "FUJITSU", "Fujitsu", "Cisco Systems Inc", "Huawei", "Inspur",
	"Quanta Cloud Technology Inc.", "Google", "Amazon EC2", "Microsoft Corporation",
	"VMware, Inc.", "innotek GmbH", "Xen", "Red Hat", "oVirt", "Nutanix", "Apple Inc.",
	"Framework", "System76", "TYAN", "To Be Filled By O.E.M.", "System manufacturer",
	"Default string", "Acer", "Razer", "IBM", "Oracle Corporation", "NVIDIA", "Ampere(R)",
	"WIWYNN", "Foxconn", "Bochs", "Hetzner", "DigitalOcean", "OpenStack Foundation",
};
/* clang-format on */

/** struct dictionary - @words: a hash table for each vocabulary; @shapes: strings, one each. */
struct dictionary {
	json_t *words[VOCABULARIES];
	struct {
		char **shape;
		size_t count;
	} shapes[VOCABULARIES];
};

static void add_word(json_t *set, const char *word)
{
	if (json_object_set_new_nocheck(set, word, json_true()) < 0)
		out_of_memory();
}

struct dictionary *dictionary_new(void)
{
	struct dictionary *dictionary = xcalloc(1, sizeof(*dictionary));

	for (size_t i = 0; i < VOCABULARIES; i++) {
		_cleanup_free_ char *list = xstrdup(words[i]);
		_cleanup_free_ char *forms = xstrdup(shapes[i]);
		char *rest = list, *word;

		dictionary->words[i] = json_object();
		while ((word = strsep(&rest, " ")))
			add_word(dictionary->words[i], word);
		rest = forms;
		while ((word = strsep(&rest, " ")))
			APPEND(dictionary->shapes[i].shape, dictionary->shapes[i].count,
			       xstrdup(word));
	}
	for (size_t i = 0; i < COUNT(vendors); i++)
		add_word(dictionary->words[WORDS_VENDORS], vendors[i]);
	return dictionary;
}

void dictionary_free(struct dictionary *dictionary)
{
	if (!dictionary)
		return;
	for (size_t i = 0; i < VOCABULARIES; i++) {
		json_decref(dictionary->words[i]);
		for (size_t n = 0; n < dictionary->shapes[i].count; n++)
			free(dictionary->shapes[i].shape[n]);
		free(dictionary->shapes[i].shape);
	}
	free(dictionary);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* How many of the bytes at @text, up to @max and one more, are digits. */
static size_t count_digits(const char *text, bool hex, size_t max)
{
	size_t count = 0;

	while (count <= max &&
	       (hex ? is_hex(text[count]) : text[count] >= '0' && text[count] <= '9'))
		count++;
	return count;
}

bool shape_matches(const char *shape, const char *text)
{
	for (; *shape; shape++) {
		size_t most = *shape == '#' ? 5 : *shape == '&' ? 10 : *shape == '$' ? 16 : 0;
		size_t digits = most ? count_digits(text, *shape == '$', most) : 0;

		if (*shape == '[') {
			/* With what may be left out, or without it. */
			const char *end = strchr(shape, ']');
			_cleanup_free_ char *with = xasprintf("%.*s%s", (int)(end - shape - 1),
							      shape + 1, end + 1);

			return shape_matches(with, text) || shape_matches(end + 1, text);
		}
		if (most && (!digits || digits > most))
			return false;
		if (*shape == '?' && !is_hex(*text) && !(*text >= 'A' && *text <= 'F'))
			return false;
		if (*shape == '~' && (*text < 'a' || *text > 'z'))
			return false;
		if (!most && *shape != '?' && *shape != '~' && *shape != *text)
			return false;
		text += most ? digits : 1;
	}
	return !*text;
}

bool dictionary_has(const struct dictionary *dictionary, enum vocabulary vocabulary,
		    const char *text)
{
	if (!*text || strnlen(text, WORD_MAX + 1) > WORD_MAX)
		return false;
	if (json_object_get(dictionary->words[vocabulary], text))
		return true;
	for (size_t i = 0; i < dictionary->shapes[vocabulary].count; i++) {
		if (shape_matches(dictionary->shapes[vocabulary].shape[i], text))
			return true;
	}
	return false;
}
