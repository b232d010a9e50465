# Prints, as one line of JSON, what Vagrant itself makes of the Vagrantfile in the folder OBSERVED_FOLDER, for
# providers that come with it, be they usable here or not: {provider: {machine: {"hostname": …, "networks": …}}}. A
# Vagrantfile requires it, so that it runs in whatever Vagrant is installed; it waits for the end, since Vagrantfiles
# are loaded one at a time. No machine is made or asked.
require "json"

at_exit do
  environment = Vagrant::Environment.new(cwd: ENV.fetch("OBSERVED_FOLDER"), ui_class: Vagrant::UI::Silent)

  configuration = lambda do |machine, provider|
    config = environment.vagrantfile.machine_config(machine, provider, nil, nil, false)[:config]
    networks = config.vm.networks.reject { |type, _| type == :forwarded_port }
    {
      hostname: config.vm.hostname,
      box: config.vm.box,
      networks: networks.map { |type, options| [type, options.slice(:ip, :netmask)] },
      synced_folders: config.vm.synced_folders.reject { |_, folder| folder[:disabled] }.keys,
      shell: config.ssh.shell,
    }
  end

  puts JSON.generate(%i[virtualbox docker].to_h { |provider|
    [provider, environment.machine_names.to_h { |machine| [machine, configuration.call(machine, provider)] }]
  })
end
