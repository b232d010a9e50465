# Prints, as JSON, what Vagrant itself makes of a Vagrantfile for providers that it knows, be they usable here or not:
# {provider: {machine: {"hostname": …, "networks": …}}}. No machine is made or asked.
require "json"
require "vagrant"

file = File.expand_path(ARGV.shift)
environment = Vagrant::Environment.new(cwd: File.dirname(file), ui_class: Vagrant::UI::Silent)

configuration = lambda do |machine, provider|
  config = environment.vagrantfile.machine_config(machine, provider, nil, nil, false)[:config]
  {
    hostname: config.vm.hostname,
    box: config.vm.box,
    box_url: config.vm.box_url,
    networks: config.vm.networks.reject { |type, _| type == :forwarded_port }.map { |type, options| [type, options.slice(:ip, :netmask)] },
    synced_folders: config.vm.synced_folders.reject { |_, folder| folder[:disabled] }.keys,
    shell: config.ssh.shell,
  }
end

puts JSON.generate(ARGV.map(&:to_sym).to_h { |provider|
  [provider, environment.machine_names.to_h { |machine| [machine, configuration.call(machine, provider)] }]
})
