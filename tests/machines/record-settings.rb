# Evaluates a Vagrantfile without Vagrant, once for each provider, and prints every setting that it makes, as JSON:
# {provider: {machine: {"vm.box": …, "provider.memory": …}}}. Providers whose plugins only run where their
# hypervisor does (VMware, Parallels) can be looked at this way, too.
require "json"

PROVIDERS = %w[virtualbox vmware_desktop libvirt parallels docker].freeze

# Takes any assignment and remembers it under its whole name; `vmx` and the like are tables.
class Recorder
  attr_reader :settings

  def initialize(settings = {}, prefix = "")
    @settings = settings
    @prefix = prefix
    @parts = {}
  end

  def []=(key, value)
    @settings["#{@prefix}#{key}"] = value
  end

  def network(type, **options)
    (@settings["#{@prefix}network"] ||= []) << { type: type, **options }
  end

  def synced_folder(host, guest, **options)
    @settings["#{@prefix}synced_folder #{guest}"] = { host: host, **options }
  end

  def respond_to_missing?(*) = true

  def method_missing(name, *values)
    return @settings["#{@prefix}#{name.to_s.chomp("=")}"] = values.first if name.end_with?("=")
    raise ArgumentError, "#{@prefix}#{name} was called with arguments, which this recorder does not know" if values.any?

    @parts[name] ||= Recorder.new(@settings, "#{@prefix}#{name}.")
  end
end

# What `config.vm` is: it defines machines, and asks for a block for the provider that is recorded.
class MachineRecorder < Recorder
  def initialize(settings, provider, machines)
    super(settings, "vm.")
    @provider = provider
    @machines = machines
  end

  def define(name)
    @machines[name] = settings.dup
    yield ConfigRecorder.new(@machines[name], @provider, {})
  end

  def provider(name)
    yield Recorder.new(settings, "provider."), ConfigRecorder.new(settings, @provider, {}) if name == @provider
  end
end

# What the block of Vagrant.configure is given.
class ConfigRecorder < Recorder
  attr_reader :vm

  def initialize(settings, provider, machines)
    super(settings)
    @vm = MachineRecorder.new(settings, provider, machines)
  end
end

# Stands in Vagrant's place.
module Vagrant
  class << self
    attr_accessor :provider, :machines

    def configure(version)
      raise ArgumentError, "version #{version} of the configuration is not known" unless version == "2"

      yield ConfigRecorder.new({}, provider, machines)
    end

    def has_plugin?(_name) = false
  end
end

recorded = PROVIDERS.to_h do |provider|
  Vagrant.provider = provider
  Vagrant.machines = {}
  Object.send(:remove_const, :CAPABILITIES) if Object.const_defined?(:CAPABILITIES)
  load File.expand_path(ARGV.fetch(0))
  [provider, Vagrant.machines]
end
puts JSON.generate(recorded)
